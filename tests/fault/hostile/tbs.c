#include "tests/fault/hostile/tbs.h"

#include <stdlib.h>

#include "lib/matter/certificate.h"
#include "lib/matter/crl.h"
#include "lib/pki/identity_certificate.h"
#include "lib/pki/plain_key.h"

enum { LISTED_MAX = 3, DAY = 86400, CHANGES_MAX = 4, SERIAL_SIZE = 16 };

status_t tbs_source_init(struct span pai, struct span paa, struct span identity_ca,
                         struct tbs_source *ret_source)
{
    static const uint8_t scalar[PKI_SCALAR_SIZE] = {[31] = 7};
    *ret_source = (struct tbs_source){0};
    TRY(pki_certificate_parse(pai, &ret_source->pai, NULL));
    TRY(pki_certificate_parse(paa, &ret_source->paa, NULL));
    TRY(pki_certificate_parse(identity_ca, &ret_source->identity_ca, NULL));
    return pki_plain_key_public(SPAN_OF(scalar), ret_source->point);
}

/* A DAC, or what its builder makes of the other kinds when the PAI is to be their issuer. */
static void make_certificate(const struct tbs_source *source, struct random *random,
                             struct buf *tbs)
{
    bool is_dac = random_percent(random, 85);
    struct matter_certificate certificate = {
        .kind = is_dac ? MATTER_DAC : MATTER_PAI,
        .common_name = "a unit",
        .vendor_id = random_percent(random, 95) ? 0xFFF1 : 0xFFF2,
        .product_id = is_dac ? (int32_t)(1 + random_below(random, 0xFFFF)) : -1,
        .not_before = source->pai.not_before,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = SPAN_OF(source->point),
        .issuer = random_percent(random, 90) ? &source->pai : &source->paa,
    };
    random_bytes(random, certificate.serial, sizeof(certificate.serial));
    if (matter_certificate_tbs(&certificate, tbs, NULL) != STATUS_OK) {
        abort();
    }
}

static void make_list(struct tbs_source *source, struct random *random, struct buf *tbs)
{
    uint8_t serials[LISTED_MAX][SERIAL_SIZE];
    struct pki_crl_entry entries[LISTED_MAX];
    struct matter_crl crl = {
        .pai = random_percent(random, 90) ? &source->pai : &source->paa,
        .number = random_percent(random, 5) ? (uint32_t)random_next(random)
                                            : random_below(random, 4) + source->list_number++ / 4,
        .this_update = source->pai.not_before + DAY,
        .next_update = source->pai.not_before + (int64_t)random_below(random, 400) * DAY,
        .entries = entries,
        .entry_count = random_below(random, LISTED_MAX + 1),
    };
    for (size_t i = 0; i < crl.entry_count; i++) {
        random_bytes(random, serials[i], SERIAL_SIZE);
        serials[i][0] = (uint8_t)(0x41 + i);
        entries[i] =
            (struct pki_crl_entry){.serial = SPAN_OF(serials[i]),
                                   .time = source->pai.not_before,
                                   .reason = random_percent(random, 95) ? PKI_CRL_KEY_COMPROMISE
                                                                        : PKI_CRL_CERTIFICATE_HOLD};
    }
    if (matter_crl_tbs(&crl, tbs, NULL) != STATUS_OK) {
        abort();
    }
}

static void make_other(const struct tbs_source *source, struct random *random, struct buf *tbs)
{
    const struct span ready[] = {source->pai.tbs, source->pai.der, source->paa.tbs,
                                 span_text("a message of the attacker's choice")};
    buf_append_span(tbs, ready[random_below(random, sizeof(ready) / sizeof(ready[0]))]);
}

static void mutate(struct random *random, struct buf *tbs)
{
    for (uint32_t i = random_below(random, CHANGES_MAX); i > 0; i--) {
        random_mutate(random, tbs);
    }
    if (tbs->size == 0) {
        buf_append_byte(tbs, (uint8_t)random_next(random));
    }
}

void tbs_make(struct tbs_source *source, struct random *random, struct buf *tbs)
{
    uint32_t way = random_below(random, 100);
    buf_clear(tbs);
    if (way < 65) {
        make_certificate(source, random, tbs);
    } else if (way < 95) {
        make_list(source, random, tbs);
    } else {
        make_other(source, random, tbs);
    }
    mutate(random, tbs);
}

void tbs_make_identity(const struct tbs_source *source, struct random *random, struct buf *tbs)
{
    static const char *const uris[] = {
        "spiffe://quickstart/operator/op-1", "spiffe://quickstart/auditor/a",
        "spiffe://elsewhere/station/s",      "spiffe://quickstart/station/../operator/op-1",
        "spiffe://quickstart/station/",      NULL /* an authority */};
    int64_t begin = source->identity_ca.not_before + (int64_t)random_below(random, 10) * DAY;
    struct pki_identity_certificate certificate = {
        .common_name = "station",
        .uri = random_percent(random, 70)
                   ? "spiffe://quickstart/station/hostile"
                   : uris[random_below(random, sizeof(uris) / sizeof(uris[0]))],
        .not_before = begin,
        .not_after = begin + (int64_t)random_below(random, 2 * PKI_IDENTITY_DAYS_MAX) * DAY,
        .public_key = SPAN_OF(source->point),
        .issuer = random_percent(random, 90) ? &source->identity_ca : &source->pai,
    };
    if (certificate.uri == NULL) {
        certificate.issuer = NULL;
    }
    buf_clear(tbs);
    random_bytes(random, certificate.serial, sizeof(certificate.serial));
    if (random_percent(random, 95)) {
        /* what the builder itself refuses leaves nothing to sign */
        (void)!pki_identity_certificate_tbs(&certificate, tbs, NULL);
    } else {
        make_other(source, random, tbs);
    }
    mutate(random, tbs);
}

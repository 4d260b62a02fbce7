#include "lib/unit/dac.h"

#include "lib/matter/certificate.h"

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

status_t unit_dac_tbs(const struct unit_dac *dac, struct buf *ret_tbs, struct problem *problem)
{
    const struct image_product *image = &dac->product->image;
    const struct pki_certificate *pai = &dac->product->pai->certificate;
    const struct pki_certificate *paa = &dac->product->pai->paa;
    struct matter_certificate certificate = {
        .kind = MATTER_DAC,
        .common_name = dac->common_name,
        .vendor_id = image->vendor_id,
        .product_id = image->product_id,
        .not_before = latest(dac->not_before, latest(pai->not_before, paa->not_before)),
        .not_after = earliest(pai->not_after, paa->not_after),
        .public_key = dac->public_key,
        .issuer = pai,
    };
    if (dac->serial.size != sizeof(certificate.serial)) {
        return STATUS_INTERNAL;
    }
    memcpy(certificate.serial, dac->serial.data, sizeof(certificate.serial));
    TRY(matter_certificate_tbs(&certificate, ret_tbs, problem));
    struct pki_certificate parsed;
    TRY(pki_certificate_parse_tbs(buf_span(ret_tbs), &parsed, problem));
    TRY(matter_certificate_lint(&parsed, MATTER_DAC, pai, false, problem));
    /* whoever keeps the serial keeps the certificate's, whatever the builder did to it */
    return span_equal(parsed.serial, dac->serial) ? STATUS_OK : STATUS_INTERNAL;
}

#include "lib/unit/dac.h"

#include <time.h>

#include "lib/matter/certificate.h"

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The second before the same day `years` later; a 29 February ends with the 28th. */
static int64_t years_later(int64_t begin, unsigned years)
{
    time_t seconds = (time_t)begin;
    struct tm date;
    (void)gmtime_r(&seconds, &date);
    date.tm_year += (int)years;
    return (int64_t)timegm(&date) - 1;
}

status_t unit_dac_validity(const struct unit_product *product, int64_t not_before,
                           int64_t *ret_not_before, int64_t *ret_not_after, struct problem *problem)
{
    const struct pki_certificate *pai = &product->pai->certificate;
    const struct pki_certificate *paa = &product->pai->paa;
    const struct unit_validity *wanted = &product->dac_validity;
    int64_t begin = latest(not_before, latest(pai->not_before, paa->not_before));
    int64_t end = earliest(pai->not_after, paa->not_after);
    if (wanted->years > 0) {
        end = earliest(end, years_later(begin, wanted->years));
    }
    if (wanted->not_after > 0) {
        end = earliest(end, wanted->not_after);
    }
    if (end < begin) {
        return problem_say(problem, STATUS_REFUSED, "DAC_VALIDITY", "dac.validity",
                           "DACs of this product would end before they begin: give a later date, "
                           "or no-expiry");
    }
    *ret_not_before = begin;
    *ret_not_after = end;
    return STATUS_OK;
}

status_t unit_dac_tbs(const struct unit_dac *dac, struct buf *ret_tbs, struct problem *problem)
{
    const struct image_product *image = &dac->product->image;
    const struct pki_certificate *pai = &dac->product->pai->certificate;
    struct matter_certificate certificate = {
        .kind = MATTER_DAC,
        .common_name = dac->common_name,
        .vendor_id = image->vendor_id,
        .product_id = image->product_id,
        .public_key = dac->public_key,
        .issuer = pai,
    };
    TRY(unit_dac_validity(dac->product, dac->not_before, &certificate.not_before,
                          &certificate.not_after, problem));
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

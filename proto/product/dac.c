#include "proto/product/dac.h"

#include <stdlib.h>
#include <time.h>

enum { YEARS_MAX = 100, DAY = 86400 };

static enum image_dac_key key_of(Mintmark__V1__DacKey key)
{
    switch ((int)key) {
    case MINTMARK__V1__DAC_KEY__DAC_KEY_SECURE_CERT:
        return IMAGE_DAC_KEY_SECURE_CERT;
    case MINTMARK__V1__DAC_KEY__DAC_KEY_ECDSA_PERIPHERAL:
        return IMAGE_DAC_KEY_PERIPHERAL;
    case MINTMARK__V1__DAC_KEY__DAC_KEY_HMAC_DERIVED:
        return IMAGE_DAC_KEY_DERIVED;
    case MINTMARK__V1__DAC_KEY__DAC_KEY_DEVICE_CSR:
        return IMAGE_DAC_KEY_DEVICE;
    default: /* image, and supplied, which only tells who brings it */
        return IMAGE_DAC_KEY_FACTORY;
    }
}

static status_t read_efuse(const Mintmark__V1__DacEfuse *efuse, struct image_product *image,
                           struct problem *problem)
{
    bool wanted =
        image->dac_key == IMAGE_DAC_KEY_PERIPHERAL || image->dac_key == IMAGE_DAC_KEY_DERIVED;
    if (wanted != (efuse != NULL)) {
        return problem_say(problem, STATUS_INVALID, wanted ? "MISSING" : "DAC_EFUSE", "dac.efuse",
                           wanted ? "name the block of the DAC's key: dac.efuse: {key_block: 0..5}"
                                  : "dac.efuse goes with key: ecdsa-peripheral and hmac-derived "
                                    "only");
    }
    if (efuse != NULL) {
        image->dac_key_block =
            efuse->key_block <= UINT8_MAX ? (uint8_t)efuse->key_block : UINT8_MAX;
    }
    return STATUS_OK;
}

/* "1 year", "20 years" */
static bool read_years(const char *text, uint16_t *ret_years)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long years = digits > 0 && digits <= 3 ? strtoul(text, NULL, 10) : 0;
    const char *unit = text + digits;
    *ret_years = (uint16_t)years;
    return years >= 1 && years <= YEARS_MAX &&
           (strcmp(unit, " years") == 0 || (years == 1 && strcmp(unit, " year") == 0));
}

/* The last second of the day. */
static bool read_last_day(const char *text, int64_t *ret_not_after)
{
    struct tm date = {0};
    const char *end = strlen(text) == 10 ? strptime(text, "%Y-%m-%d", &date) : NULL;
    struct tm again = date;
    time_t seconds = end == NULL || *end != '\0' ? -1 : timegm(&again);
    *ret_not_after = (int64_t)seconds + DAY - 1;
    return seconds > 0 && again.tm_mday == date.tm_mday; /* timegm moves what is no day */
}

static status_t read_validity(const char *text, struct unit_validity *validity,
                              struct problem *problem)
{
    struct unit_validity read = {0};
    if (text[0] == '\0' || strcmp(text, "no-expiry") == 0 || read_years(text, &read.years)) {
        *validity = (struct unit_validity){.years = read.years};
        return STATUS_OK;
    }
    if (read_last_day(text, &read.not_after)) {
        *validity = (struct unit_validity){.not_after = read.not_after};
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "VALIDITY", "dac.validity",
                       "write no-expiry, years (\"20 years\", at most %d), or the last day as "
                       "2046-12-31",
                       YEARS_MAX);
}

status_t product_dac_read(const Mintmark__V1__Dac *dac, struct unit_product *product,
                          struct problem *problem)
{
    product->dac_common_name = UNIT_UUID;
    if (dac == NULL) {
        return STATUS_OK;
    }
    product->image.dac_key = key_of(dac->key);
    product->dac_supplied = dac->key == MINTMARK__V1__DAC_KEY__DAC_KEY_SUPPLIED;
    if (dac->common_name[0] != '\0') {
        product->dac_common_name = dac->common_name;
    }
    TRY(read_validity(dac->validity, &product->dac_validity, problem));
    return read_efuse(dac->efuse, &product->image, problem);
}

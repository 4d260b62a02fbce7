#include "lib/image/rules.h"

#include "lib/base/utf8.h"
#include "lib/image/vendor.h"
#include "lib/matter/certificate.h"
#include "lib/matter/spake2p.h"
#include "lib/nvs/crypt.h"
#include "lib/pki/plain_key.h"
#include "lib/securecert/format.h"

enum { DATE_DIGITS = 8, DATE_SUFFIX_MAX = 8 };

static bool has_control_character(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

status_t image_rules_text(const char *field, const char *text, size_t max, struct problem *problem)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size == 0 || size > max) {
        return problem_say(problem, STATUS_INVALID, "TEXT_LENGTH", field,
                           "%zu bytes: 1 to %zu bytes of UTF-8 are allowed", size, max);
    }
    struct span bytes = span_make(text, size);
    if (!utf8_is_text(bytes) || has_control_character(bytes)) {
        return problem_say(problem, STATUS_INVALID, "TEXT_CHARACTERS", field,
                           "not UTF-8, or with a control character: write plain text");
    }
    return STATUS_OK;
}

status_t image_rules_size(const char *field, struct span bytes, size_t min, size_t max,
                          struct problem *problem)
{
    if (bytes.size < min || bytes.size > max) {
        return problem_say(problem, STATUS_INVALID, "VALUE_SIZE", field,
                           "%zu bytes: %zu to %zu are allowed", bytes.size, min, max);
    }
    return STATUS_OK;
}

status_t image_rules_count(const char *field, size_t count, size_t max, struct problem *problem)
{
    return count <= max ? STATUS_OK
                        : problem_say(problem, STATUS_INVALID, "TOO_MANY", field,
                                      "%zu entries: at most %zu are allowed", count, max);
}

status_t image_rules_iterations(uint32_t iterations, struct problem *problem)
{
    if (iterations < MATTER_SPAKE2P_ITERATIONS_MIN || iterations > MATTER_SPAKE2P_ITERATIONS_MAX) {
        return problem_say(problem, STATUS_INVALID, "SPAKE2P_ITERATIONS",
                           "commissioning.spake2p_iterations",
                           "%u iterations are outside the range: use %d to %d", iterations,
                           MATTER_SPAKE2P_ITERATIONS_MIN, MATTER_SPAKE2P_ITERATIONS_MAX);
    }
    return STATUS_OK;
}

/* Two digits, or 100 when they are none. */
static unsigned two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return 100;
    }
    return (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
}

/* YYYYMMDD from either spelling; returns what follows it, or NULL. */
static const char *date_digits(const char *date, char ret_digits[static DATE_DIGITS])
{
    size_t size = strlen(date);
    if (size >= DATE_DIGITS + 2 && date[4] == '-' && date[7] == '-') {
        memcpy(ret_digits, date, 4);
        memcpy(ret_digits + 4, date + 5, 2);
        memcpy(ret_digits + 6, date + 8, 2);
        return date + DATE_DIGITS + 2;
    }
    if (size < DATE_DIGITS) {
        return NULL;
    }
    memcpy(ret_digits, date, DATE_DIGITS);
    return date + DATE_DIGITS;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/* SPEC.md §1.3: as the firmware reads it, less what it would throw on or lose. */
static bool date_valid(const char *date)
{
    char digits[DATE_DIGITS];
    const char *suffix = date_digits(date, digits);
    if (suffix == NULL || strchr(suffix, '-') != NULL) {
        return false;
    }
    unsigned century = two_digits(digits);
    unsigned year = two_digits(digits + 2);
    unsigned month = two_digits(digits + 4);
    unsigned day = two_digits(digits + 6);
    return century >= 10 && century <= 99 && year <= 99 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(century * 100 + year, month);
}

status_t image_rules_date(const char *date, struct problem *problem)
{
    if (date == NULL) {
        return STATUS_OK;
    }
    TRY(image_rules_text("manufacturing_date", date, DATE_DIGITS + DATE_SUFFIX_MAX, problem));
    if (!date_valid(date)) {
        return problem_say(problem, STATUS_INVALID, "MANUFACTURING_DATE", "manufacturing_date",
                           "write YYYY-MM-DD, or YYYYMMDD with up to 8 characters behind");
    }
    return STATUS_OK;
}

/* SPEC.md §1.2: a device that makes its passcode itself must not hold a verifier of another. */
static status_t check_passcode(const struct image_product *product, const struct image_unit *unit,
                               struct problem *problem)
{
    size_t size = product->dynamic_passcode ? 0 : MATTER_SPAKE2P_VERIFIER_SIZE;
    if (product->dynamic_passcode ? unit->passcode != 0
                                  : !matter_spake2p_passcode_valid(unit->passcode)) {
        return problem_say(problem, STATUS_INVALID, "PASSCODE_FORBIDDEN", "commissioning.passcode",
                           product->dynamic_passcode
                               ? "a device with a dynamic passcode is given none"
                               : "out of range or one of the trivial passcodes: use another");
    }
    return image_rules_size("commissioning.spake2p_verifier", unit->verifier, size, size, problem);
}

static status_t check_commissioning(const struct image_product *product,
                                    const struct image_unit *unit, struct problem *problem)
{
    size_t salt_min = product->commissioning_left_out ? 0 : MATTER_SPAKE2P_SALT_MIN;
    size_t salt_max = product->commissioning_left_out ? 0 : MATTER_SPAKE2P_SALT_MAX;
    if (unit->discriminator > IMAGE_DISCRIMINATOR_MAX) {
        return problem_say(problem, STATUS_INVALID, "DISCRIMINATOR_RANGE",
                           "commissioning.discriminator", "%u is out of range: use 0 to %d",
                           unit->discriminator, IMAGE_DISCRIMINATOR_MAX);
    }
    TRY(check_passcode(product, unit, problem));
    if (unit->spake2p_iterations != 0) {
        TRY(image_rules_iterations(unit->spake2p_iterations, problem));
    }
    return image_rules_size("commissioning.spake2p_salt", unit->salt, salt_min, salt_max, problem);
}

static status_t check_nvs_keys(const struct image_product *product, const struct image_unit *unit,
                               struct problem *problem)
{
    size_t size = product->nvs_encryption == IMAGE_NVS_KEY_PARTITION ? NVS_KEYS_SIZE : 0;
    size_t hmac_size = product->nvs_encryption == IMAGE_NVS_HMAC ? NVS_HMAC_KEY_SIZE : 0;
    TRY(image_rules_size("nvs_keys", unit->nvs_keys, size, size, problem));
    return image_rules_size("nvs_hmac_key", unit->nvs_hmac_key, hmac_size, hmac_size, problem);
}

/* What a unit's private key is drawn as; one HMAC key in one block is one key. */
static status_t check_dac_key(const struct image_product *product, const struct image_unit *unit,
                              struct problem *problem)
{
    bool derived = product->dac_key == IMAGE_DAC_KEY_DERIVED;
    size_t scalar_size = derived ? 0 : PKI_SCALAR_SIZE;
    size_t hmac_size = derived ? SECURECERT_HMAC_KEY_SIZE : 0;
    size_t salt_size = derived ? SECURECERT_HMAC_SALT_SIZE : 0;
    TRY(image_rules_size("dac_key", unit->dac_key, scalar_size, scalar_size, problem));
    TRY(image_rules_size("dac_hmac_key", unit->dac_hmac_key, hmac_size, hmac_size, problem));
    TRY(image_rules_size("dac_hmac_salt", unit->dac_hmac_salt, salt_size, salt_size, problem));
    TRY(image_rules_size("dac_public_key", unit->dac_public_key, PKI_POINT_SIZE, PKI_POINT_SIZE,
                         problem));
    bool shared = derived && product->nvs_encryption == IMAGE_NVS_HMAC &&
                  product->dac_key_block == product->nvs_hmac_block;
    return !shared || span_equal_secret(unit->dac_hmac_key, unit->nvs_hmac_key)
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "EFUSE_KEY", "dac_hmac_key",
                             "NVS and DAC have different HMAC keys for one block: give one key");
}

status_t image_rules_unit(const struct image_product *product, const struct image_unit *unit,
                          struct problem *problem)
{
    if (product->dac_key == IMAGE_DAC_KEY_DEVICE) {
        return problem_say(problem, STATUS_INVALID, "DAC_KEY", "dac.key",
                           "with device-csr the device makes its key: there are no images");
    }
    TRY(check_commissioning(product, unit, problem));
    TRY(image_rules_size("dac", unit->dac, 1, MATTER_CERTIFICATE_MAX, problem));
    TRY(image_rules_text("serial_number", unit->serial_number, IMAGE_SERIAL_NUMBER_MAX, problem));
    TRY(image_rules_date(unit->manufacturing_date, problem));
    if (unit->rotating_id_unique_id.size > 0) {
        TRY(image_rules_size("rotating_device_id_unique_id", unit->rotating_id_unique_id,
                             IMAGE_ROTATING_ID_SIZE, IMAGE_ROTATING_ID_SIZE, problem));
    }
    TRY(check_nvs_keys(product, unit, problem));
    TRY(check_dac_key(product, unit, problem));
    return image_vendor_check_unit(product, unit, problem);
}

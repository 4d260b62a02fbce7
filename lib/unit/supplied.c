#include "lib/unit/supplied.h"

#include <stdio.h>

#include "lib/image/rules.h"
#include "lib/matter/spake2p.h"
#include "lib/unit/pattern.h"

enum { FIELDS = 7 };

/* Fields of product.yaml that can say `supplied`. */
struct field {
    const char *name;
    bool wanted;
    bool given;
};

/* `supplied` may be NULL. */
static void list_fields(const struct unit_product *product, const struct unit_supplied *supplied,
                        struct field ret_fields[static FIELDS])
{
    static const struct unit_supplied nothing;
    const struct unit_supplied *s = supplied != NULL ? supplied : &nothing;
    const struct unit_wants *wants = &product->wants;
    const struct field fields[FIELDS] = {
        {"serial_number", wants->serial_number, s->serial_number != NULL},
        {"manufacturing_date", wants->manufacturing_date, s->manufacturing_date != NULL},
        {"commissioning.discriminator", wants->discriminator, s->discriminator.given},
        {"commissioning.passcode", wants->passcode, s->passcode.given},
        {"commissioning.verifier", wants->verifier, s->salt.size > 0 || s->verifier.size > 0},
        {"rotating_device_id_unique_id", wants->rotating_id, s->rotating_id.size > 0},
        {"dac.key", product->dac_supplied, s->dac.size > 0 || s->dac_key.size > 0},
    };
    memcpy(ret_fields, fields, sizeof(fields));
}

bool unit_supplied_wanted(const struct unit_product *product,
                          char ret_field[static PROBLEM_FIELD_MAX])
{
    struct field fields[FIELDS];
    list_fields(product, NULL, fields);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].wanted) {
            (void)snprintf(ret_field, PROBLEM_FIELD_MAX, "%s", fields[i].name);
            return true;
        }
    }
    for (size_t i = 0; i < product->image.vendor_count; i++) {
        const struct image_vendor_value *value = &product->image.vendor_values[i];
        if (value->supplied) {
            (void)snprintf(ret_field, PROBLEM_FIELD_MAX, "vendor_data.%.40s.%.40s",
                           value->namespace_name, value->key);
            return true;
        }
    }
    return false;
}

static bool has_shape(const struct unit_product *product)
{
    return product->serial_number_shape != NULL && product->serial_number_shape[0] != '\0';
}

status_t unit_supplied_check_product(const struct unit_product *product, struct problem *problem)
{
    if (product->wants.verifier && (product->image.dynamic_passcode ||
                                    (!product->wants.passcode && product->fixed_passcode == 0))) {
        return problem_say(problem, STATUS_INVALID, "VERIFIER_PASSCODE", "commissioning.verifier",
                           "a supplied verifier is checked against its passcode: write passcode: "
                           "supplied too");
    }
    if (has_shape(product) && !product->wants.serial_number) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SHAPE", "serial_number_pattern",
                           "the pattern is for supplied serial numbers: write serial_number: "
                           "supplied");
    }
    return has_shape(product) ? unit_pattern_check(product->serial_number_shape, problem)
                              : STATUS_OK;
}

/* ---- a unit's values ---- */

static status_t check_present(const struct unit_product *product,
                              const struct unit_supplied *supplied, struct problem *problem)
{
    struct field fields[FIELDS];
    list_fields(product, supplied, fields);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].wanted && !fields[i].given) {
            return problem_say(problem, STATUS_INVALID, "SUPPLIED_MISSING", fields[i].name,
                               "the product wants this value supplied for each unit, and there is "
                               "none");
        }
        if (!fields[i].wanted && fields[i].given) {
            return problem_say(problem, STATUS_INVALID, "SUPPLIED_UNKNOWN", fields[i].name,
                               "a value is supplied that the product does not want: write "
                               "supplied there, or leave the value out");
        }
    }
    return STATUS_OK;
}

static status_t check_serial_number(const struct unit_product *product, const char *serial_number,
                                    struct problem *problem)
{
    static const char field[] = "serial_number";
    if (serial_number == NULL) {
        return STATUS_OK;
    }
    TRY(image_rules_text(field, serial_number, IMAGE_SERIAL_NUMBER_MAX, problem));
    if (has_shape(product) && !unit_pattern_matches(product->serial_number_shape, serial_number)) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SHAPE", field,
                           "%.40s does not have the shape %.60s", serial_number,
                           product->serial_number_shape);
    }
    return STATUS_OK;
}

static status_t check_numbers(const struct unit_supplied *supplied, struct problem *problem)
{
    if (supplied->discriminator.given && supplied->discriminator.value > IMAGE_DISCRIMINATOR_MAX) {
        return problem_say(problem, STATUS_INVALID, "DISCRIMINATOR_RANGE",
                           "commissioning.discriminator", "%u is out of range: use 0 to %d",
                           supplied->discriminator.value, IMAGE_DISCRIMINATOR_MAX);
    }
    if (supplied->passcode.given && !matter_spake2p_passcode_valid(supplied->passcode.value)) {
        return problem_say(problem, STATUS_INVALID, "PASSCODE_FORBIDDEN", "commissioning.passcode",
                           "out of range or one of the trivial passcodes: use another");
    }
    return supplied->iterations.given ? image_rules_iterations(supplied->iterations.value, problem)
                                      : STATUS_OK;
}

/* A verifier of another passcode would be found by the first customer. */
static status_t check_verifier(const struct unit_product *product,
                               const struct unit_supplied *supplied, struct problem *problem)
{
    AUTO(secret_wipe) struct secret wanted = {0};
    uint32_t passcode =
        supplied->passcode.given ? supplied->passcode.value : product->fixed_passcode;
    uint32_t iterations =
        supplied->iterations.given ? supplied->iterations.value : product->image.spake2p_iterations;
    TRY(image_rules_size("commissioning.verifier", supplied->verifier, MATTER_SPAKE2P_VERIFIER_SIZE,
                         MATTER_SPAKE2P_VERIFIER_SIZE, problem));
    TRY(image_rules_size("commissioning.spake2p_salt", supplied->salt, MATTER_SPAKE2P_SALT_MIN,
                         MATTER_SPAKE2P_SALT_MAX, problem));
    TRY(secret_new(&wanted, MATTER_SPAKE2P_VERIFIER_SIZE));
    TRY(matter_spake2p_verifier(passcode, supplied->salt, iterations, wanted.data));
    return span_equal_secret(secret_span(&wanted), supplied->verifier)
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "VERIFIER_MISMATCH", "commissioning.verifier",
                             "the verifier is not that of this passcode, salt and %u iterations",
                             iterations);
}

status_t unit_supplied_check(const struct unit_product *product,
                             const struct unit_supplied *supplied, struct problem *problem)
{
    TRY(check_present(product, supplied, problem));
    TRY(check_serial_number(product, supplied->serial_number, problem));
    TRY(check_numbers(supplied, problem));
    if (supplied->rotating_id.size > 0) {
        TRY(image_rules_size("rotating_device_id_unique_id", supplied->rotating_id,
                             IMAGE_ROTATING_ID_SIZE, IMAGE_ROTATING_ID_SIZE, problem));
    }
    TRY(image_rules_date(supplied->manufacturing_date, problem));
    if ((supplied->dac.size > 0) != (supplied->dac_key.size > 0)) {
        return problem_say(problem, STATUS_INVALID, "SUPPLIED_MISSING", "dac.key",
                           "a DAC comes with its key: give both");
    }
    if (product->wants.verifier) {
        return check_verifier(product, supplied, problem);
    }
    return !supplied->iterations.given
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "SUPPLIED_UNKNOWN",
                             "commissioning.spake2p_iterations",
                             "iterations are supplied without their verifier: write verifier: "
                             "supplied, or leave them out");
}

#include "lib/unit/set.h"

/* What the product does not ask for was not drawn, and stays empty. */
static void add_optional(const struct unit_secrets *secrets, struct image_unit *unit)
{
    if (secrets->manufacturing_date[0] != '\0') {
        unit->manufacturing_date = secrets->manufacturing_date;
    }
    if (secrets->has_dac_hmac) {
        unit->dac_key = (struct span){0};
        unit->dac_hmac_key = SPAN_OF(secrets->dac_hmac_key);
        unit->dac_hmac_salt = SPAN_OF(secrets->dac_hmac_salt);
    }
    if (secrets->has_rotating_id) {
        unit->rotating_id_unique_id = SPAN_OF(secrets->rotating_id);
    }
    if (secrets->has_nvs_keys) {
        unit->nvs_keys = SPAN_OF(secrets->nvs_keys);
    }
    if (secrets->has_nvs_hmac_key) {
        unit->nvs_hmac_key = SPAN_OF(secrets->nvs_hmac_key);
    }
}

/* What never was among the drawn values. */
static void add_supplied(const struct unit_supplied *supplied, struct image_unit *unit)
{
    unit->spake2p_iterations = supplied->iterations.given ? supplied->iterations.value : 0;
    unit->vendor_values = supplied->vendor_values;
    unit->vendor_count = supplied->vendor_count;
    unit->expected = supplied->expected;
    unit->expected_count = supplied->expected_count;
}

status_t unit_set_build(const struct unit_parts *parts, struct image_set *ret_set,
                        struct problem *problem)
{
    const struct unit_secrets *secrets = parts->secrets;
    struct image_unit unit = {
        .discriminator = secrets->discriminator,
        .passcode = secrets->passcode,
        .salt = span_make(secrets->salt, secrets->salt_size),
        .verifier = SPAN_OF(secrets->verifier),
        .dac = parts->dac,
        .dac_key = SPAN_OF(secrets->dac_key),
        .dac_public_key = parts->public_key,
        .serial_number = parts->serial_number,
    };
    if (parts->product->image.dynamic_passcode) {
        unit.verifier = (struct span){0};
    }
    add_optional(secrets, &unit);
    if (parts->supplied != NULL) {
        add_supplied(parts->supplied, &unit);
    }
    return image_set_build(&parts->product->image, &unit, ret_set, problem);
}

status_t unit_set_codes(const struct unit_product *product, const struct unit_secrets *secrets,
                        char ret_qr_code[static MATTER_QR_SIZE],
                        char ret_manual_code[static MATTER_MANUAL_SIZE], struct problem *problem)
{
    const struct image_product *image = &product->image;
    if (image->dynamic_passcode) {
        ret_qr_code[0] = '\0';
        ret_manual_code[0] = '\0';
        return STATUS_OK;
    }
    struct matter_onboarding onboarding = {
        .vendor_id = image->vendor_id,
        .product_id = image->product_id,
        .flow = image->flow,
        .discovery = image->discovery,
        .discriminator = secrets->discriminator,
        .passcode = secrets->passcode,
    };
    TRY(matter_onboarding_qr(&onboarding, ret_qr_code, problem));
    return matter_onboarding_manual(&onboarding, ret_manual_code, problem);
}

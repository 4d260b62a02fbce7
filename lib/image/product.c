/* SPEC.md §2: what all units of a product share, checked before the first is made. */
#include <assert.h>
#include <stdio.h>

#include "lib/image/chip.h"
#include "lib/image/details.h"
#include "lib/image/efuse.h"
#include "lib/image/firmware.h"
#include "lib/image/places.h"
#include "lib/image/rules.h"
#include "lib/image/vendor.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"

static status_t check_chip(const char *name, struct problem *problem)
{
    return image_chip_find(name) != NULL
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "CHIP", "chip",
                             "unknown chip: write it as esptool does, for example esp32c6");
}

static status_t check_identity(const struct image_product *product, struct problem *problem)
{
    if (product->vendor_id == 0 || product->product_id == 0) {
        return problem_say(problem, STATUS_INVALID, "ID_ZERO",
                           product->vendor_id == 0 ? "vendor_id" : "product_id",
                           "0 stands for no vendor and no product: write the assigned id");
    }
    TRY(image_rules_text("vendor_name", product->vendor_name, IMAGE_NAME_MAX, problem));
    TRY(image_rules_text("product_name", product->product_name, IMAGE_NAME_MAX, problem));
    TRY(image_rules_text("hardware_version_string", product->hardware_version_string,
                         IMAGE_VERSION_STRING_MAX, problem));
    TRY(image_rules_size("certification_declaration", product->certification_declaration, 1,
                         MATTER_CD_MAX, problem));
    return image_rules_size("pai", product->pai, 1, MATTER_CERTIFICATE_MAX, problem);
}

/* The rules of flow and discovery are the onboarding codes' own: they are asked with a passcode
 * that any product could have. */
static status_t check_commissioning(const struct image_product *product, struct problem *problem)
{
    TRY(image_rules_iterations(product->spake2p_iterations, problem));
    const struct matter_onboarding any = {
        .flow = product->flow, .discovery = product->discovery, .passcode = 1};
    char code[MATTER_QR_SIZE];
    struct problem found = {0};
    status_t status = matter_onboarding_qr(&any, code, &found);
    if (status != STATUS_OK) {
        char field[PROBLEM_FIELD_MAX];
        (void)snprintf(field, sizeof(field), "commissioning.%.60s", found.field);
        return problem_say(problem, status, found.reason, field, "%s", found.message);
    }
    return STATUS_OK;
}

/* A device that makes its own key is given its DAC and nothing else. */
static status_t check_device_key(const struct image_product *product, struct problem *problem)
{
    if (product->firmware_count > 0) {
        return problem_say(problem, STATUS_INVALID, "DAC_KEY", "firmware_files",
                           "with dac.key: device-csr no images are made, so there is nothing to "
                           "write the firmware with: leave firmware out");
    }
    if (product->nvs_encryption != IMAGE_NVS_PLAIN || product->commissioning_in_secure_cert) {
        return problem_say(problem, STATUS_INVALID, "DAC_KEY",
                           product->commissioning_in_secure_cert ? "commissioning.store_in"
                                                                 : "nvs_encryption",
                           "with dac.key: device-csr no images are made, so this can have no "
                           "effect: leave it out");
    }
    return STATUS_OK;
}

/* SPEC.md §1.6: firmware reads verifier, salt and iterations from there together. */
static status_t check_secure_cert(const struct image_product *product, struct problem *problem)
{
    assert(product->dynamic_passcode || !product->commissioning_left_out);
    if (product->commissioning_in_secure_cert && product->dynamic_passcode) {
        return problem_say(problem, STATUS_INVALID, "STORE_IN", "commissioning.store_in",
                           "a dynamic passcode has no verifier, and " IMAGE_SECURE_CERT_LABEL
                           " holds it together with salt and iterations: use store_in: nvs");
    }
    return STATUS_OK;
}

bool image_product_has_secure_cert(const struct image_product *product)
{
    return product->commissioning_in_secure_cert || product->dac_key == IMAGE_DAC_KEY_SECURE_CERT ||
           product->dac_key == IMAGE_DAC_KEY_PERIPHERAL ||
           product->dac_key == IMAGE_DAC_KEY_DERIVED;
}

status_t image_product_check(const struct image_product *product, struct problem *problem)
{
    TRY(check_chip(product->chip, problem));
    TRY(check_identity(product, problem));
    TRY(check_commissioning(product, problem));
    TRY(image_details_check(&product->details, problem));
    TRY(image_vendor_check(product, problem));
    if (product->dac_key == IMAGE_DAC_KEY_DEVICE) {
        return check_device_key(product, problem);
    }
    TRY(check_secure_cert(product, problem));
    TRY(image_places_check(product, problem));
    TRY(image_firmware_check(product, problem));
    return image_efuse_check(product, problem);
}

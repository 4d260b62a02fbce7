/* SPEC.md §2: what all units of a product share, checked before the first is made. */
#include <stdio.h>

#include "lib/image/details.h"
#include "lib/image/rules.h"
#include "lib/image/vendor.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/matter/spake2p.h"
#include "lib/nvs/crypt.h"
#include "lib/nvs/writer.h"

enum {
    FLASH_END = 16 * 1024 * 1024, /* the ROM loader's flash addresses have 24 bits */
    FIRST_OFFSET = 0x9000,        /* behind bootloader and the earliest partition table */
    FACTORY_SIZE_MIN = 0x3000,    /* smaller ones open read-only, which this set cannot promise */
};

/* SPEC.md §2 */
static const struct chip {
    const char *name;
    bool has_hmac;
} chips[] = {
    {"esp32", false},  {"esp32s2", true}, {"esp32s3", true}, {"esp32c2", false},
    {"esp32c3", true}, {"esp32c5", true}, {"esp32c6", true}, {"esp32c61", false},
    {"esp32h2", true}, {"esp32p4", true},
};

static const struct chip *find_chip(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(chips) / sizeof(chips[0]); i++) {
        if (strcmp(name, chips[i].name) == 0) {
            return &chips[i];
        }
    }
    return NULL;
}

static status_t check_chip(const char *name, struct problem *problem)
{
    return find_chip(name) != NULL
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
    uint32_t iterations = product->spake2p_iterations;
    if (iterations < MATTER_SPAKE2P_ITERATIONS_MIN || iterations > MATTER_SPAKE2P_ITERATIONS_MAX) {
        return problem_say(problem, STATUS_INVALID, "SPAKE2P_ITERATIONS",
                           "commissioning.spake2p_iterations",
                           "%u iterations are outside the range: use %d to %d", iterations,
                           MATTER_SPAKE2P_ITERATIONS_MIN, MATTER_SPAKE2P_ITERATIONS_MAX);
    }
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

/* A label becomes a file name and stands unquoted in manifest.json and flash_args. */
static bool label_usable(const char *label)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strnlen(label, IMAGE_LABEL_MAX + 1);
    return length >= 1 && length <= IMAGE_LABEL_MAX && strspn(label, allowed) == length &&
           label[0] != '-';
}

static status_t bad_partition(struct problem *problem, const char *name, const char *key,
                              const char *what)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "partitions.%s.%s", name, key);
    return problem_say(problem, STATUS_INVALID, "PARTITION", field, "%s", what);
}

static status_t check_partition(const char *name, const struct image_partition *partition,
                                uint32_t size_min, struct problem *problem)
{
    if (!label_usable(partition->label)) {
        return bad_partition(problem, name, "label",
                             "a partition label here has 1 to 15 letters, digits, '_' and '-', and "
                             "does not begin with '-'");
    }
    if (partition->offset % NVS_PAGE_SIZE != 0 || partition->offset < FIRST_OFFSET) {
        return bad_partition(problem, name, "offset",
                             "a partition begins at a multiple of 0x1000, at 0x9000 or later: "
                             "before that lie the bootloader and the partition table");
    }
    if (partition->size % NVS_PAGE_SIZE != 0 || partition->size < size_min) {
        char what[128];
        (void)snprintf(what, sizeof(what),
                       "a partition's size is a multiple of 0x1000, here at least 0x%x", size_min);
        return bad_partition(problem, name, "size", what);
    }
    if (partition->size > IMAGE_SET_MAX || partition->offset > FLASH_END - partition->size) {
        return bad_partition(problem, name, "size",
                             "a partition ends at 0x1000000 or before, and an image set has at "
                             "most 2 MiB");
    }
    return STATUS_OK;
}

static status_t check_two_partitions(const struct image_partition *factory,
                                     const struct image_partition *keys, struct problem *problem)
{
    if (strcmp(factory->label, keys->label) == 0) {
        return bad_partition(problem, "nvs_keys", "label",
                             "both partitions have the same label: copy them from the partition "
                             "table");
    }
    if (factory->offset < keys->offset + keys->size &&
        keys->offset < factory->offset + factory->size) {
        return bad_partition(problem, "nvs_keys", "offset",
                             "the partitions overlap: copy offset and size from the partition "
                             "table");
    }
    if (factory->size + keys->size > IMAGE_SET_MAX) {
        return bad_partition(problem, "factory_data", "size",
                             "the images of a set have at most 2 MiB together");
    }
    return STATUS_OK;
}

static status_t check_hmac(const struct image_product *product, struct problem *problem)
{
    const struct chip *chip = find_chip(product->chip);
    if (chip == NULL || !chip->has_hmac) {
        return problem_say(problem, STATUS_INVALID, "CHIP_HMAC", "nvs_encryption",
                           "an %s has no HMAC peripheral: use key-partition", product->chip);
    }
    if (product->nvs_hmac_block > IMAGE_EFUSE_BLOCK_LAST) {
        return problem_say(problem, STATUS_INVALID, "KEY_BLOCK", "nvs_hmac.key_block",
                           "there is no BLOCK_KEY%u: use 0 to %d, as in the firmware's "
                           "CONFIG_NVS_SEC_HMAC_EFUSE_KEY_ID",
                           product->nvs_hmac_block, IMAGE_EFUSE_BLOCK_LAST);
    }
    if (strcmp(product->factory_data.label, "hmac_key") == 0) {
        return bad_partition(problem, "factory_data", "label",
                             "hmac_key is the name of the HMAC key's file: use another label");
    }
    return STATUS_OK;
}

static status_t check_encryption(const struct image_product *product, struct problem *problem)
{
    switch (product->nvs_encryption) {
    case IMAGE_NVS_PLAIN:
        return STATUS_OK;
    case IMAGE_NVS_HMAC:
        return check_hmac(product, problem);
    case IMAGE_NVS_KEY_PARTITION:
        break;
    }
    TRY(check_partition("nvs_keys", &product->nvs_keys, NVS_KEY_PARTITION_SIZE, problem));
    return check_two_partitions(&product->factory_data, &product->nvs_keys, problem);
}

status_t image_product_check(const struct image_product *product, struct problem *problem)
{
    TRY(check_chip(product->chip, problem));
    TRY(check_identity(product, problem));
    TRY(check_commissioning(product, problem));
    TRY(image_details_check(&product->details, problem));
    TRY(image_vendor_check(product, problem));
    TRY(check_partition("factory_data", &product->factory_data, FACTORY_SIZE_MIN, problem));
    return check_encryption(product, problem);
}

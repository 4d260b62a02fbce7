#include "client/product_rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/product_findings.h"
#include "proto/product/table.h"
#include "proto/text/enum.h"

bool product_rules_encrypts(const struct product_rules *rules)
{
    return rules->product->nvs_encryption ==
           MINTMARK__V1__NVS_ENCRYPTION__NVS_ENCRYPTION_KEY_PARTITION;
}

bool product_rules_hmac(const struct product_rules *rules)
{
    return rules->product->nvs_encryption == MINTMARK__V1__NVS_ENCRYPTION__NVS_ENCRYPTION_HMAC;
}

Mintmark__V1__DacKey product_rules_dac_key(const struct product_rules *rules)
{
    const Mintmark__V1__Dac *dac = rules->product->dac;
    return dac != NULL ? dac->key : MINTMARK__V1__DAC_KEY__DAC_KEY_UNSPECIFIED;
}

void product_findings_tell(const struct product_rules *rules, enum product_verdict verdict,
                           const char *what, const char *path, unsigned line, const char *format,
                           ...)
{
    struct product_findings *findings = rules->findings;
    if (findings->count == PRODUCT_FINDINGS_MAX) {
        return; /* cannot be: see PRODUCT_FINDINGS_MAX */
    }
    struct product_finding *finding = &findings->items[findings->count];
    va_list arguments;
    finding->verdict = verdict;
    (void)snprintf(finding->what, sizeof(finding->what), "%s", what);
    finding->path = path;
    finding->line = line;
    va_start(arguments, format);
    (void)vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    va_end(arguments);
    findings->count++;
    findings->fails += verdict == PRODUCT_FAIL ? 1 : 0;
}

static const char *chip_of(const struct product_rules *rules, char *name)
{
    return text_enum_name(&mintmark__v1__chip__descriptor, (int)rules->product->chip, name) ? name
                                                                                            : "";
}

static void compare_chip(const struct product_rules *rules, const char *path, unsigned line,
                         const char *chip)
{
    char name[TEXT_ENUM_NAME_MAX];
    const char *product_chip = chip_of(rules, name);
    bool same = strcmp(chip, product_chip) == 0;
    product_findings_tell(rules, same ? PRODUCT_OK : PRODUCT_FAIL, "chip", path, line,
                          same ? "%s" : "the build is for %s, the product for %s: correct chip",
                          chip, product_chip);
}

/* The key of the product's partition at that place in flash, or NULL. */
static const char *partition_at(const struct product_rules *rules, uint32_t offset)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    const struct {
        const char *key;
        const Mintmark__V1__Partition *partition;
    } all[] = {
        {"partitions.factory_data", partitions != NULL ? partitions->factory_data : NULL},
        {"partitions.nvs_keys", partitions != NULL ? partitions->nvs_keys : NULL},
        {"partitions.secure_cert", partitions != NULL ? partitions->secure_cert : NULL},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (all[i].partition != NULL && offset >= all[i].partition->offset &&
            offset - all[i].partition->offset < all[i].partition->size) {
            return all[i].key;
        }
    }
    return NULL;
}

void product_rules_flasher(const struct product_rules *rules)
{
    const struct product_build *build = rules->build;
    if (build->chip[0] != '\0') {
        compare_chip(rules, build->flasher_path, 0, build->chip);
    }
    for (size_t i = 0; i < build->flashed_count; i++) {
        const struct product_flashed *flashed = &build->flashed[i];
        const char *key = partition_at(rules, flashed->offset);
        if (key != NULL) {
            product_findings_tell(rules, PRODUCT_FAIL, "place in flash", build->flasher_path, 0,
                                  "the build flashes %s at 0x%x, in the product's %s: correct its "
                                  "offset and size",
                                  flashed->file, flashed->offset, key);
        }
    }
}

static void check_hmac_product(const struct product_rules *rules)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    if (rules->product->nvs_hmac == NULL) {
        product_findings_tell(rules, PRODUCT_FAIL, "nvs_hmac", NULL, 0,
                              "the product has none, and nvs_encryption is hmac: set its key_block "
                              "to the firmware's %s",
                              image_sdkconfig_name(IMAGE_SDKCONFIG_NVS_HMAC_BLOCK));
    }
    if (partitions != NULL && partitions->nvs_keys != NULL) {
        product_findings_tell(rules, PRODUCT_FAIL, "partitions.nvs_keys", NULL, 0,
                              "nvs_encryption hmac has no key partition: leave nvs_keys out");
    }
}

/* A partition that the product needs and does not name. */
static void check_named(const struct product_rules *rules, const char *key,
                        const Mintmark__V1__Partition *partition, const char *why)
{
    if (partition == NULL) {
        product_findings_tell(rules, PRODUCT_FAIL, key, NULL, 0,
                              "the product has none%s: copy label, offset and size from the "
                              "partition table",
                              why);
    }
}

static void check_product(const struct product_rules *rules)
{
    Mintmark__V1__Partitions none;
    mintmark__v1__partitions__init(&none);
    const Mintmark__V1__Partitions *partitions =
        rules->product->partitions != NULL ? rules->product->partitions : &none;
    if (product_rules_dac_key(rules) == MINTMARK__V1__DAC_KEY__DAC_KEY_DEVICE_CSR) {
        return; /* without images */
    }
    check_named(rules, "partitions.factory_data", partitions->factory_data, "");
    if (product_rules_encrypts(rules)) {
        check_named(rules, "partitions.nvs_keys", partitions->nvs_keys,
                    ", and nvs_encryption is key-partition");
    }
    if (product_table_wants_secure_cert(rules->product)) {
        check_named(rules, "partitions.secure_cert", partitions->secure_cert,
                    ", and dac.key or commissioning.store_in needs it");
    }
    if (product_rules_hmac(rules)) {
        check_hmac_product(rules);
    }
}

void product_rules_run(const Mintmark__V1__Product *product, const struct product_build *build,
                       struct product_findings *ret_findings)
{
    *ret_findings = (struct product_findings){.count = 0};
    const struct product_rules rules = {product, build, ret_findings};
    check_product(&rules);
    if (build->sdkconfig_path[0] != '\0') {
        const struct image_sdkconfig_value *target =
            &build->sdkconfig.values[IMAGE_SDKCONFIG_TARGET];
        if (target->is_set) {
            compare_chip(&rules, build->sdkconfig_path, target->line, target->text);
        }
        product_rules_sdkconfig(&rules);
    }
    if (build->table_path[0] != '\0') {
        product_rules_table(&rules);
    }
    product_rules_flasher(&rules);
}

/* The product against the firmware's options. */
#include "client/product_findings.h"
#include "lib/image/number.h"
#include "proto/product/left_out.h"

const struct image_sdkconfig_value *product_rules_option(const struct product_rules *rules,
                                                         enum image_sdkconfig_option which)
{
    return &rules->build->sdkconfig.values[which];
}

void product_rules_wish(const struct product_rules *rules, const struct product_wish *wish)
{
    const struct image_sdkconfig_value *value = product_rules_option(rules, wish->option);
    const char *name = image_sdkconfig_name(wish->option);
    if (value->is_set == wish->wanted) {
        product_findings_tell(rules, PRODUCT_OK, name, rules->build->sdkconfig_path, value->line,
                              value->is_set ? "y" : "not set");
        return;
    }
    product_findings_tell(rules, wish->otherwise, name, rules->build->sdkconfig_path, value->line,
                          "%s; %s: %s", value->is_set ? "is set" : "is not set", wish->consequence,
                          wish->remedy != NULL ? wish->remedy
                          : wish->wanted       ? "switch it on"
                                               : "switch it off");
}

static void check_label(const struct product_rules *rules, const Mintmark__V1__Partition *factory)
{
    const struct image_sdkconfig_value *value =
        product_rules_option(rules, IMAGE_SDKCONFIG_FACTORY_LABEL);
    const char *name = image_sdkconfig_name(IMAGE_SDKCONFIG_FACTORY_LABEL);
    const char *label = value->is_set ? value->text : "nvs"; /* the SDK's default */
    if (strcmp(label, factory->label) == 0) {
        product_findings_tell(rules, PRODUCT_OK, name, rules->build->sdkconfig_path, value->line,
                              "\"%s\"", label);
        return;
    }
    product_findings_tell(rules, PRODUCT_FAIL, name, rules->build->sdkconfig_path, value->line,
                          "firmware reads partition \"%.32s\"%s, the product writes \"%.32s\": set "
                          "%s=\"%.32s\"",
                          label, value->is_set ? "" : " (the default)", factory->label, name,
                          factory->label);
}

/* The key is burnt into one block and looked for in one: the same. */
static void check_hmac_block(const struct product_rules *rules, uint32_t block)
{
    const struct image_sdkconfig_value *value =
        product_rules_option(rules, IMAGE_SDKCONFIG_NVS_HMAC_BLOCK);
    const char *name = image_sdkconfig_name(IMAGE_SDKCONFIG_NVS_HMAC_BLOCK);
    const char *path = rules->build->sdkconfig_path;
    if (!value->is_set) {
        product_findings_tell(rules, PRODUCT_FAIL, name, path, value->line,
                              "names no eFuse block, and the product's key is burnt into "
                              "BLOCK_KEY%u: set it to %u",
                              block, block);
    } else if (value->number != block) {
        product_findings_tell(rules, PRODUCT_FAIL, name, path, value->line,
                              "firmware takes its HMAC key from BLOCK_KEY%u, the product's is "
                              "burnt into BLOCK_KEY%u: set the product's nvs_hmac.key_block to %u",
                              value->number, block, value->number);
    } else {
        product_findings_tell(rules, PRODUCT_OK, name, path, value->line, "%u", block);
    }
}

static void check_hmac(const struct product_rules *rules)
{
    static const struct product_wish wishes[] = {
        {IMAGE_SDKCONFIG_NVS_ENCRYPTION, true, PRODUCT_FAIL,
         "firmware cannot read the product's encrypted factory data",
         "switch it on, or set the product's nvs_encryption to none"},
        {IMAGE_SDKCONFIG_NVS_HMAC, true, PRODUCT_FAIL,
         "firmware does not take its NVS keys from the product's eFuse key",
         "switch it on, or set the product's nvs_encryption to key-partition"},
    };
    for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
        product_rules_wish(rules, &wishes[i]);
    }
    if (product_rules_option(rules, IMAGE_SDKCONFIG_NVS_HMAC)->is_set &&
        rules->product->nvs_hmac != NULL) {
        check_hmac_block(rules, rules->product->nvs_hmac->key_block);
    }
}

static void check_nvs(const struct product_rules *rules)
{
    static const struct product_wish plain = {
        IMAGE_SDKCONFIG_NVS_ENCRYPTION, false, PRODUCT_FAIL,
        "firmware cannot read the product's plain factory data",
        "set the product's nvs_encryption to key-partition or hmac, "
        "as the firmware has it, or switch "
        "this off"};
    static const struct product_wish encrypted[] = {
        {IMAGE_SDKCONFIG_NVS_ENCRYPTION, true, PRODUCT_FAIL,
         "firmware cannot read the product's encrypted factory data",
         "switch it on, or set the product's nvs_encryption to none"},
        {IMAGE_SDKCONFIG_NVS_HMAC, false, PRODUCT_FAIL,
         "firmware takes its NVS keys from an eFuse, not from the product's key partition",
         "set the product's nvs_encryption to hmac, or switch this off"},
        {IMAGE_SDKCONFIG_FLASH_ENCRYPTION, true, PRODUCT_NOTE,
         "the key partition lies in clear without flash encryption", NULL},
    };
    if (product_rules_hmac(rules)) {
        check_hmac(rules);
        return;
    }
    if (!product_rules_encrypts(rules)) {
        product_rules_wish(rules, &plain);
        return;
    }
    for (size_t i = 0; i < sizeof(encrypted) / sizeof(*encrypted); i++) {
        product_rules_wish(rules, &encrypted[i]);
    }
}

static void check_rotating_id(const struct product_rules *rules)
{
    static const struct product_wish with = {
        IMAGE_SDKCONFIG_ROTATING_ID, true, PRODUCT_NOTE,
        "firmware does not read the product's rotating device id", NULL};
    static const struct product_wish without = {
        IMAGE_SDKCONFIG_ROTATING_ID, false, PRODUCT_FAIL,
        "firmware needs rd-id-uid, which the product does not write",
        "set its rotating_device_id_unique_id to random, or switch this off"};
    if (product_left_out(rules->product, MINTMARK__V1__LEFT_OUT__LEFT_OUT_DEVICE_INSTANCE_INFO)) {
        return; /* another provider has it */
    }
    bool writes = rules->product->rotating_device_id_unique_id ==
                  MINTMARK__V1__ROTATING_DEVICE_ID__ROTATING_DEVICE_ID_RANDOM;
    product_rules_wish(rules, writes ? &with : &without);
}

static void check_id(const struct product_rules *rules, enum image_sdkconfig_option which,
                     uint32_t id)
{
    const struct image_sdkconfig_value *value = product_rules_option(rules, which);
    if (!value->is_set || value->number == id) {
        return;
    }
    if (product_left_out(rules->product, MINTMARK__V1__LEFT_OUT__LEFT_OUT_DEVICE_INSTANCE_INFO)) {
        product_findings_tell(rules, PRODUCT_FAIL, image_sdkconfig_name(which),
                              rules->build->sdkconfig_path, value->line,
                              "0x%04X here, 0x%04X in the product's DAC and CD, and the product "
                              "leaves ids out: make them equal",
                              value->number, id);
    } else {
        product_findings_tell(rules, PRODUCT_NOTE, image_sdkconfig_name(which),
                              rules->build->sdkconfig_path, value->line,
                              "0x%04X here, 0x%04X in the product: factory data win on the device, "
                              "but OTA images carry the build's; make them equal",
                              value->number, id);
    }
}

/* "4MB" */
static uint32_t flash_size(const struct product_rules *rules)
{
    const char *text = product_rules_option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->text;
    size_t digits = strspn(text, "0123456789");
    uint32_t megabytes = 0;
    bool known = strcmp(text + digits, "MB") == 0 &&
                 image_number_read(span_make(text, digits), &megabytes) && megabytes <= 1024;
    return known ? megabytes * 1024 * 1024 : 0;
}

static void check_flash(const struct product_rules *rules, const char *key,
                        const Mintmark__V1__Partition *partition)
{
    uint32_t table = product_build_table_offset(rules->build);
    uint64_t end = (uint64_t)partition->offset + partition->size;
    uint32_t size = flash_size(rules);
    if (partition->offset < (uint64_t)table + IMAGE_PARTITION_TABLE_SECTOR) {
        product_findings_tell(rules, PRODUCT_FAIL, key, rules->build->sdkconfig_path,
                              product_rules_option(rules, IMAGE_SDKCONFIG_TABLE_OFFSET)->line,
                              "it begins at 0x%X, and the bootloader and the partition table at "
                              "0x%X lie before 0x%X: copy the offset from the table",
                              partition->offset, table, table + IMAGE_PARTITION_TABLE_SECTOR);
    }
    if (size != 0 && end > size) {
        product_findings_tell(rules, PRODUCT_FAIL, key, rules->build->sdkconfig_path,
                              product_rules_option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->line,
                              "it ends at 0x%llX, behind the build's flash of %.16s: correct "
                              "offset or size",
                              (unsigned long long)end,
                              product_rules_option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->text);
    }
}

static void check_flash_places(const struct product_rules *rules)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    const struct {
        const char *key;
        const Mintmark__V1__Partition *partition;
    } places[] = {
        {"partitions.factory_data", partitions != NULL ? partitions->factory_data : NULL},
        {"partitions.nvs_keys", partitions != NULL ? partitions->nvs_keys : NULL},
        {"partitions.secure_cert", partitions != NULL ? partitions->secure_cert : NULL},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        if (places[i].partition != NULL) {
            check_flash(rules, places[i].key, places[i].partition);
        }
    }
}

/* What firmware does with images that there are none of is no matter. */
static void check_images(const struct product_rules *rules)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    if (partitions != NULL && partitions->factory_data != NULL) {
        check_label(rules, partitions->factory_data);
    }
    check_flash_places(rules);
    product_rules_providers(rules);
    check_nvs(rules);
    check_rotating_id(rules);
}

void product_rules_sdkconfig(const struct product_rules *rules)
{
    if (product_rules_dac_key(rules) != MINTMARK__V1__DAC_KEY__DAC_KEY_DEVICE_CSR) {
        check_images(rules);
    }
    check_id(rules, IMAGE_SDKCONFIG_VENDOR_ID, rules->product->vendor_id);
    check_id(rules, IMAGE_SDKCONFIG_PRODUCT_ID, rules->product->product_id);
}

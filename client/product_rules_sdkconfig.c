/* The product against the firmware's options. */
#include "client/product_findings.h"
#include "lib/image/number.h"

static const struct image_sdkconfig_value *option(const struct product_rules *rules,
                                                  enum image_sdkconfig_option which)
{
    return &rules->build->sdkconfig.values[which];
}

/* What a product wants of an option that is on or off. */
struct wish {
    enum image_sdkconfig_option option;
    bool wanted;
    enum product_verdict otherwise;
    const char *consequence;
    const char *remedy; /* NULL: switch it on or off */
};

static void check_wish(const struct product_rules *rules, const struct wish *wish)
{
    const struct image_sdkconfig_value *value = option(rules, wish->option);
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

static void check_providers(const struct product_rules *rules)
{
    static const struct wish wishes[] = {
        {IMAGE_SDKCONFIG_FACTORY_DATA, true, PRODUCT_FAIL,
         "firmware takes test values for passcode, discriminator and DAC, not the factory data",
         NULL},
        {IMAGE_SDKCONFIG_INSTANCE_INFO, true, PRODUCT_FAIL,
         "firmware takes ids, names and serial number from its build, not the factory data", NULL},
        {IMAGE_SDKCONFIG_TEST_SETUP, false, PRODUCT_NOTE,
         "the SDK's test values are built in, which a device for sale must not have", NULL},
        {IMAGE_SDKCONFIG_SET_CD_API, false, PRODUCT_NOTE,
         "the app can bring its own CD, which must then be the product's", NULL},
        {IMAGE_SDKCONFIG_ECDSA_PERIPHERAL, false, PRODUCT_NOTE,
         "firmware may look for the DAC's key in an eFuse, and the product writes it to flash",
         NULL},
    };
    for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
        check_wish(rules, &wishes[i]);
    }
}

/* esp-matter's choice of one provider for each kind of data; the SDK alone has none. */
struct choice {
    enum image_sdkconfig_option factory;
    enum image_sdkconfig_option others[2]; /* test values, secure cert */
    enum image_sdkconfig_option custom;
};

static void check_choice(const struct product_rules *rules, const struct choice *choice)
{
    const char *factory = image_sdkconfig_name(choice->factory);
    const char *path = rules->build->sdkconfig_path;
    if (option(rules, choice->factory)->is_set) {
        product_findings_tell(rules, PRODUCT_OK, factory, path,
                              option(rules, choice->factory)->line, "y");
    }
    for (size_t i = 0; i < 2; i++) {
        if (option(rules, choice->others[i])->is_set) {
            const char *name = image_sdkconfig_name(choice->others[i]);
            product_findings_tell(rules, PRODUCT_FAIL, name, path,
                                  option(rules, choice->others[i])->line,
                                  "is set: firmware does not take this from the factory "
                                  "partition: choose %s",
                                  factory);
        }
    }
    if (option(rules, choice->custom)->is_set) {
        const char *name = image_sdkconfig_name(choice->custom);
        product_findings_tell(rules, PRODUCT_NOTE, name, path, option(rules, choice->custom)->line,
                              "is set: the app's own code must read the factory partition, or "
                              "choose %s",
                              factory);
    }
}

static void check_choices(const struct product_rules *rules)
{
    static const struct choice choices[] = {
        {IMAGE_SDKCONFIG_DAC_FACTORY,
         {IMAGE_SDKCONFIG_DAC_EXAMPLE, IMAGE_SDKCONFIG_DAC_SECURE_CERT},
         IMAGE_SDKCONFIG_DAC_CUSTOM},
        {IMAGE_SDKCONFIG_COMMISSIONABLE_FACTORY,
         {IMAGE_SDKCONFIG_COMMISSIONABLE_TEST, IMAGE_SDKCONFIG_COMMISSIONABLE_SECURE_CERT},
         IMAGE_SDKCONFIG_COMMISSIONABLE_CUSTOM},
        {IMAGE_SDKCONFIG_INSTANCE_FACTORY,
         {IMAGE_SDKCONFIG_INSTANCE_TEST, IMAGE_SDKCONFIG_INSTANCE_SECURE_CERT},
         IMAGE_SDKCONFIG_INSTANCE_CUSTOM},
    };
    for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
        check_choice(rules, &choices[i]);
    }
}

static void check_label(const struct product_rules *rules, const Mintmark__V1__Partition *factory)
{
    const struct image_sdkconfig_value *value = option(rules, IMAGE_SDKCONFIG_FACTORY_LABEL);
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
    const struct image_sdkconfig_value *value = option(rules, IMAGE_SDKCONFIG_NVS_HMAC_BLOCK);
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
    static const struct wish wishes[] = {
        {IMAGE_SDKCONFIG_NVS_ENCRYPTION, true, PRODUCT_FAIL,
         "firmware cannot read the product's encrypted factory data",
         "switch it on, or set the product's nvs_encryption to none"},
        {IMAGE_SDKCONFIG_NVS_HMAC, true, PRODUCT_FAIL,
         "firmware does not take its NVS keys from the product's eFuse key",
         "switch it on, or set the product's nvs_encryption to key-partition"},
    };
    for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
        check_wish(rules, &wishes[i]);
    }
    if (option(rules, IMAGE_SDKCONFIG_NVS_HMAC)->is_set && rules->product->nvs_hmac != NULL) {
        check_hmac_block(rules, rules->product->nvs_hmac->key_block);
    }
}

static void check_nvs(const struct product_rules *rules)
{
    static const struct wish plain = {IMAGE_SDKCONFIG_NVS_ENCRYPTION, false, PRODUCT_FAIL,
                                      "firmware cannot read the product's plain factory data",
                                      "set the product's nvs_encryption to key-partition or hmac, "
                                      "as the firmware has it, or switch "
                                      "this off"};
    static const struct wish encrypted[] = {
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
        check_wish(rules, &plain);
        return;
    }
    for (size_t i = 0; i < sizeof(encrypted) / sizeof(*encrypted); i++) {
        check_wish(rules, &encrypted[i]);
    }
}

static void check_rotating_id(const struct product_rules *rules)
{
    static const struct wish with = {IMAGE_SDKCONFIG_ROTATING_ID, true, PRODUCT_NOTE,
                                     "firmware does not read the product's rotating device id",
                                     NULL};
    static const struct wish without = {
        IMAGE_SDKCONFIG_ROTATING_ID, false, PRODUCT_FAIL,
        "firmware needs rd-id-uid, which the product does not write",
        "set its rotating_device_id_unique_id to random, or switch this off"};
    bool writes = rules->product->rotating_device_id_unique_id ==
                  MINTMARK__V1__ROTATING_DEVICE_ID__ROTATING_DEVICE_ID_RANDOM;
    check_wish(rules, writes ? &with : &without);
}

static void check_id(const struct product_rules *rules, enum image_sdkconfig_option which,
                     uint32_t id)
{
    const struct image_sdkconfig_value *value = option(rules, which);
    if (value->is_set && value->number != id) {
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
    const char *text = option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->text;
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
                              option(rules, IMAGE_SDKCONFIG_TABLE_OFFSET)->line,
                              "it begins at 0x%X, and the bootloader and the partition table at "
                              "0x%X lie before 0x%X: copy the offset from the table",
                              partition->offset, table, table + IMAGE_PARTITION_TABLE_SECTOR);
    }
    if (size != 0 && end > size) {
        product_findings_tell(rules, PRODUCT_FAIL, key, rules->build->sdkconfig_path,
                              option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->line,
                              "it ends at 0x%llX, behind the build's flash of %.16s: correct "
                              "offset or size",
                              (unsigned long long)end,
                              option(rules, IMAGE_SDKCONFIG_FLASH_SIZE)->text);
    }
}

void product_rules_sdkconfig(const struct product_rules *rules)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    if (partitions != NULL && partitions->factory_data != NULL) {
        check_label(rules, partitions->factory_data);
        check_flash(rules, "partitions.factory_data", partitions->factory_data);
    }
    if (partitions != NULL && partitions->nvs_keys != NULL) {
        check_flash(rules, "partitions.nvs_keys", partitions->nvs_keys);
    }
    check_providers(rules);
    check_choices(rules);
    check_nvs(rules);
    check_rotating_id(rules);
    check_id(rules, IMAGE_SDKCONFIG_VENDOR_ID, rules->product->vendor_id);
    check_id(rules, IMAGE_SDKCONFIG_PRODUCT_ID, rules->product->product_id);
}

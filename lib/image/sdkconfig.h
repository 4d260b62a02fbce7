/* What a firmware's sdkconfig says about factory data: the options that decide where and how the
 * firmware reads it (SPEC.md §7). */
#ifndef MINTMARK_LIB_IMAGE_SDKCONFIG_H
#define MINTMARK_LIB_IMAGE_SDKCONFIG_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    IMAGE_SDKCONFIG_FILE_MAX = 1024 * 1024, /* a full one has about 100 KiB */
    IMAGE_SDKCONFIG_TEXT_MAX = 255,
};

/* X(id, option without CONFIG_, kind): the options that are looked at. */
#define IMAGE_SDKCONFIG_LIST(X)                                                                    \
    X(TARGET, "IDF_TARGET", STRING)                                                                \
    X(FLASH_SIZE, "ESPTOOLPY_FLASHSIZE", STRING)                                                   \
    X(TABLE_OFFSET, "PARTITION_TABLE_OFFSET", NUMBER)                                              \
    X(TABLE_FILE, "PARTITION_TABLE_FILENAME", STRING)                                              \
    X(VENDOR_ID, "DEVICE_VENDOR_ID", NUMBER)                                                       \
    X(PRODUCT_ID, "DEVICE_PRODUCT_ID", NUMBER)                                                     \
    X(HARDWARE_VERSION, "DEFAULT_DEVICE_HARDWARE_VERSION", NUMBER)                                 \
    X(FACTORY_LABEL, "CHIP_FACTORY_NAMESPACE_PARTITION_LABEL", STRING)                             \
    X(FACTORY_DATA, "ENABLE_ESP32_FACTORY_DATA_PROVIDER", BOOLEAN)                                 \
    X(INSTANCE_INFO, "ENABLE_ESP32_DEVICE_INSTANCE_INFO_PROVIDER", BOOLEAN)                        \
    X(TEST_SETUP, "ENABLE_TEST_SETUP_PARAMS", BOOLEAN)                                             \
    X(ROTATING_ID, "ENABLE_ROTATING_DEVICE_ID", BOOLEAN)                                           \
    X(SET_CD_API, "ENABLE_SET_CERT_DECLARATION_API", BOOLEAN)                                      \
    X(DAC_FACTORY, "FACTORY_PARTITION_DAC_PROVIDER", BOOLEAN)                                      \
    X(DAC_EXAMPLE, "EXAMPLE_DAC_PROVIDER", BOOLEAN)                                                \
    X(DAC_SECURE_CERT, "SEC_CERT_DAC_PROVIDER", BOOLEAN)                                           \
    X(DAC_CUSTOM, "CUSTOM_DAC_PROVIDER", BOOLEAN)                                                  \
    X(COMMISSIONABLE_FACTORY, "FACTORY_COMMISSIONABLE_DATA_PROVIDER", BOOLEAN)                     \
    X(COMMISSIONABLE_TEST, "TEST_COMMISSIONABLE_DATA_PROVIDER", BOOLEAN)                           \
    X(COMMISSIONABLE_SECURE_CERT, "SEC_CERT_COMMISSIONABLE_DATA_PROVIDER", BOOLEAN)                \
    X(COMMISSIONABLE_CUSTOM, "CUSTOM_COMMISSIONABLE_DATA_PROVIDER", BOOLEAN)                       \
    X(INSTANCE_FACTORY, "FACTORY_DEVICE_INSTANCE_INFO_PROVIDER", BOOLEAN)                          \
    X(INSTANCE_TEST, "TEST_DEVICE_INSTANCE_INFO_PROVIDER", BOOLEAN)                                \
    X(INSTANCE_SECURE_CERT, "SEC_CERT_DEVICE_INSTANCE_INFO_PROVIDER", BOOLEAN)                     \
    X(INSTANCE_CUSTOM, "CUSTOM_DEVICE_INSTANCE_INFO_PROVIDER", BOOLEAN)                            \
    X(ECDSA_PERIPHERAL, "USE_ESP32_ECDSA_PERIPHERAL", BOOLEAN)                                     \
    X(SECURE_CERT_DS, "ESP_SECURE_CERT_DS_PERIPHERAL", BOOLEAN)                                    \
    X(FLASH_ENCRYPTION, "SECURE_FLASH_ENC_ENABLED", BOOLEAN)                                       \
    X(NVS_ENCRYPTION, "NVS_ENCRYPTION", BOOLEAN)                                                   \
    X(NVS_HMAC, "NVS_SEC_KEY_PROTECT_USING_HMAC", BOOLEAN)                                         \
    X(NVS_HMAC_BLOCK, "NVS_SEC_HMAC_EFUSE_KEY_ID", INDEX)

enum image_sdkconfig_option {
#define IMAGE_SDKCONFIG_ENUM(id, name, kind) IMAGE_SDKCONFIG_##id,
    IMAGE_SDKCONFIG_LIST(IMAGE_SDKCONFIG_ENUM)
#undef IMAGE_SDKCONFIG_ENUM
        IMAGE_SDKCONFIG_COUNT
};

struct image_sdkconfig_value {
    unsigned line;   /* where it stands, from 1; 0: the file does not name the option */
    bool is_set;     /* has a value: not "is not set", not n */
    uint32_t number; /* of a number */
    char text[IMAGE_SDKCONFIG_TEXT_MAX + 1]; /* of a string */
};

struct image_sdkconfig {
    struct image_sdkconfig_value values[IMAGE_SDKCONFIG_COUNT];
};

/* Reads a whole sdkconfig. Every line must be one that Kconfig writes; options that are not in the
 * list are passed over. An option that stands twice has its last value, as for Kconfig. `name` is
 * what problems call the file; their field is "name:line". STATUS_MALFORMED, or STATUS_TOO_LARGE.
 */
MUST_USE status_t image_sdkconfig_read(const char *name, struct span content,
                                       struct image_sdkconfig *ret_config, struct problem *problem);

/* "CONFIG_…" */
const char *image_sdkconfig_name(enum image_sdkconfig_option option);

#endif

#include "tests/unit/image/sample.h"

/* Counting bytes: easy to find in a dump. */
#define COUNT_8(n) (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7
#define COUNT_32(n) COUNT_8(n), COUNT_8((n) + 8), COUNT_8((n) + 16), COUNT_8((n) + 24)

static const uint8_t bytes[640] = {COUNT_32(1), COUNT_32(33), COUNT_32(65), COUNT_32(97)};
static const uint8_t salt[32] = {COUNT_32(0x40)};
static const uint8_t nvs_keys[64] = {COUNT_32(0x80), COUNT_32(0xc0)};

struct image_product sample_product(void)
{
    return (struct image_product){
        .chip = "esp32c6",
        .vendor_id = 0xfff1,
        .vendor_name = "Sample Works",
        .product_id = 0x8000,
        .product_name = "Sämple Lamp",
        .hardware_version = 3,
        .hardware_version_string = "rev C",
        .certification_declaration = span_make(bytes + 7, 540),
        .pai = span_make(bytes + 5, 463),
        .spake2p_iterations = 1000,
        .flow = MATTER_FLOW_STANDARD,
        .discovery = MATTER_DISCOVERY_BLE,
        .factory_data = {.label = "fctry", .offset = 0x3e0000, .size = 0x6000},
    };
}

struct image_unit sample_unit(void)
{
    return (struct image_unit){
        .discriminator = 3840,
        .passcode = 20202021,
        .salt = SPAN_OF(salt),
        .verifier = span_make(bytes, 97),
        .dac = span_make(bytes, 492),
        .dac_key = span_make(bytes + 1, 32),
        .dac_public_key = span_make(bytes + 3, 65),
        .serial_number = "SN-0001",
        .rotating_id_unique_id = span_make(bytes + 9, 16),
    };
}

struct image_product sample_encrypted_product(void)
{
    struct image_product product = sample_product();
    product.nvs_encryption = IMAGE_NVS_KEY_PARTITION;
    product.nvs_keys =
        (struct image_partition){.label = "nvs_keys", .offset = 0x317000, .size = 0x1000};
    return product;
}

struct image_unit sample_encrypted_unit(void)
{
    struct image_unit unit = sample_unit();
    unit.nvs_keys = SPAN_OF(nvs_keys);
    return unit;
}

struct image_product sample_hmac_product(void)
{
    struct image_product product = sample_product();
    product.nvs_encryption = IMAGE_NVS_HMAC;
    product.nvs_hmac_block = 4;
    return product;
}

struct image_unit sample_hmac_unit(void)
{
    struct image_unit unit = sample_unit();
    unit.nvs_hmac_key = span_make(nvs_keys, 32);
    return unit;
}

#include "lib/image/factory_data.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

static void assert_refused(const struct image_product *product, const char *field)
{
    struct problem problem = {0};
    assert_int_equal(image_product_check(product, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, field);
    assert_true(problem.reason[0] != '\0' && problem.message[0] != '\0');
}

#define REFUSED(field, change)                                                                     \
    do {                                                                                           \
        struct image_product product = sample_encrypted_product();                                 \
        change;                                                                                    \
        assert_refused(&product, field);                                                           \
    } while (0)

static void accepts_the_samples_and_the_limits(void **context)
{
    (void)context;
    struct image_product product = sample_product();
    assert_ok(image_product_check(&product, NULL));
    product = sample_encrypted_product();
    assert_ok(image_product_check(&product, NULL));
    product.vendor_name = "32 bytes 32 bytes 32 bytes 32 by";
    product.hardware_version_string =
        "64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 6";
    product.spake2p_iterations = 100000;
    product.discovery = 0x3f;
    product.flow = MATTER_FLOW_CUSTOM;
    product.factory_data =
        (struct image_partition){.label = "fifteen_bytes_1", .offset = 0x9000, .size = 0x3000};
    product.nvs_keys = (struct image_partition){.label = "k", .offset = 0xfff000, .size = 0x1000};
    assert_ok(image_product_check(&product, NULL));
}

static void refuses_identity(void **context)
{
    (void)context;
    REFUSED("chip", product.chip = "esp8266");
    REFUSED("chip", product.chip = "ESP32C6");
    REFUSED("chip", product.chip = NULL);
    REFUSED("vendor_id", product.vendor_id = 0);
    REFUSED("product_id", product.product_id = 0);
    REFUSED("vendor_name", product.vendor_name = "");
    REFUSED("vendor_name", product.vendor_name = NULL);
    REFUSED("vendor_name", product.vendor_name = "33 bytes 33 bytes 33 bytes 33 byt");
    REFUSED("vendor_name", product.vendor_name = "not UTF-8: \xc3");
    REFUSED("product_name", product.product_name = "33 bytes 33 bytes 33 bytes 33 byt");
    REFUSED("product_name", product.product_name = "a\nb");
    REFUSED("hardware_version_string", product.hardware_version_string = "");
    REFUSED("hardware_version_string",
            product.hardware_version_string =
                "65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65");
    static const uint8_t bytes[800];
    REFUSED("certification_declaration", product.certification_declaration = span_make(bytes, 791));
    REFUSED("certification_declaration", product.certification_declaration.size = 0);
    REFUSED("pai", product.pai = span_make(bytes, 601));
    REFUSED("pai", product.pai.size = 0);
}

static void refuses_commissioning(void **context)
{
    (void)context;
    REFUSED("commissioning.spake2p_iterations", product.spake2p_iterations = 999);
    REFUSED("commissioning.spake2p_iterations", product.spake2p_iterations = 100001);
    REFUSED("commissioning.discovery", product.discovery = 0);
    REFUSED("commissioning.discovery", product.discovery = 0x40);
    REFUSED("commissioning.flow", product.flow = (enum matter_flow)3);
}

static void refuses_partitions(void **context)
{
    (void)context;
    REFUSED("partitions.factory_data.label", product.factory_data.label[0] = '\0');
    REFUSED("partitions.factory_data.label", strcpy(product.factory_data.label, "../etc"));
    REFUSED("partitions.factory_data.label", strcpy(product.factory_data.label, "-h"));
    REFUSED("partitions.factory_data.label", strcpy(product.factory_data.label, "a\"b"));
    REFUSED("partitions.factory_data.label", memset(product.factory_data.label, 'a', 16));
    REFUSED("partitions.factory_data.offset", product.factory_data.offset = 0x8000);
    REFUSED("partitions.factory_data.offset", product.factory_data.offset = 0x3e0800);
    REFUSED("partitions.factory_data.size", product.factory_data.size = 0x2000);
    REFUSED("partitions.factory_data.size", product.factory_data.size = 0x6001);
    REFUSED("partitions.factory_data.size", product.factory_data.size = 0x201000);
    REFUSED("partitions.factory_data.size", product.factory_data.size = 0xfffff000);
    REFUSED("partitions.factory_data.size", product.factory_data.offset = 0xffe000);
    REFUSED("partitions.nvs_keys.size", product.nvs_keys.size = 0);
    REFUSED("partitions.nvs_keys.label", product.nvs_keys.label[0] = '\0');
    REFUSED("partitions.nvs_keys.label", strcpy(product.nvs_keys.label, "fctry"));
    REFUSED("partitions.nvs_keys.offset", product.nvs_keys.offset = 0x3e5000);
    REFUSED("partitions.nvs_keys.offset", product.nvs_keys.offset = 0x3e0000);
    REFUSED("partitions.factory_data.size",
            (product.factory_data.size = 0x200000, product.factory_data.offset = 0x400000));
}

static void hmac_needs_a_chip_that_has_it(void **context)
{
    (void)context;
    static const char *const without[] = {"esp32", "esp32c2", "esp32c61"};
    static const char *const with[] = {"esp32s2", "esp32s3", "esp32c3", "esp32c5",
                                       "esp32c6", "esp32h2", "esp32p4"};
    struct image_product product = sample_hmac_product();
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        product.chip = without[i];
        assert_refused(&product, "nvs_encryption");
    }
    for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
        product.chip = with[i];
        assert_ok(image_product_check(&product, NULL));
    }
    product.nvs_hmac_block = 6;
    assert_refused(&product, "nvs_hmac.key_block");
    product.nvs_hmac_block = 0;
    assert_ok(image_product_check(&product, NULL));
}

static void a_plain_product_needs_no_key_partition(void **context)
{
    (void)context;
    struct image_product product = sample_product();
    memset(&product.nvs_keys, 0, sizeof(product.nvs_keys));
    assert_ok(image_product_check(&product, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_needs_a_chip_that_has_it),
        cmocka_unit_test(accepts_the_samples_and_the_limits),
        cmocka_unit_test(refuses_identity),
        cmocka_unit_test(refuses_commissioning),
        cmocka_unit_test(refuses_partitions),
        cmocka_unit_test(a_plain_product_needs_no_key_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

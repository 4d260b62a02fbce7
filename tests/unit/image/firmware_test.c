/* Firmware that a product pins: in the manifest and back, and every refusal on either way. */
#include "lib/image/firmware.h"

#include <stdio.h>

#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

static struct image_product pinning_product(void)
{
    struct image_product product = sample_product();
    product.firmware[0] = (struct image_firmware){"bootloader.bin", 0, 0x5001, {1}};
    product.firmware[1] = (struct image_firmware){"lamp.bin", 0x20000, 0x1E0000, {2, 0xAB}};
    product.firmware_count = 2;
    return product;
}

static void the_manifest_names_them(void **context)
{
    (void)context;
    struct image_product product = pinning_product();
    const struct image_unit unit = sample_unit();
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(buf_done) struct buf arguments;
    struct image_firmware files[IMAGE_FIRMWARE_MAX];
    size_t count = 0;
    buf_init(&arguments, 256);
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    json_t *root = json_loadb((const char *)set.manifest.data, set.manifest.size, 0, NULL);
    assert_ok(image_firmware_read(root, set.files, set.file_count, files, &count, NULL));
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(files[i].file_name, product.firmware[i].file_name);
        assert_int_equal(files[i].offset, product.firmware[i].offset);
        assert_int_equal(files[i].size, product.firmware[i].size);
        assert_memory_equal(files[i].sha256, product.firmware[i].sha256, 32);
    }
    const json_t *steps = json_object_get(root, "steps");
    const json_t *step = json_array_get(steps, json_array_size(steps) - 1);
    assert_int_equal(json_array_size(json_object_get(step, "write")), 3);
    const json_t *last = json_array_get(json_object_get(step, "esptool"), 4);
    assert_string_equal(json_string_value(last), "@" IMAGE_FIRMWARE_ARGS);
    json_decref(root);
    assert_ok(image_firmware_write_args(files, count, &arguments));
    assert_span_equal(buf_span(&arguments), span_text("0x0 bootloader.bin\n0x20000 lamp.bin\n"));
}

#define REFUSED(index, change)                                                                     \
    do {                                                                                           \
        struct image_product product = pinning_product();                                          \
        struct image_firmware *files = product.firmware;                                           \
        struct problem problem = {0};                                                              \
        change;                                                                                    \
        assert_int_equal(image_product_check(&product, &problem), STATUS_INVALID);                 \
        assert_string_equal(problem.field, "firmware_files[" index "]");                           \
        print_message("%s\n", problem.message);                                                    \
    } while (0)

static void products_are_refused(void **context)
{
    (void)context;
    struct image_product good = pinning_product();
    assert_ok(image_product_check(&good, NULL));
    REFUSED("0", files[0].file_name[0] = '\0');
    REFUSED("0", memcpy(files[0].file_name, "../a.bin", 9));
    REFUSED("0", memcpy(files[0].file_name, ".a.bin", 7));
    REFUSED("0", memcpy(files[0].file_name, "-a.bin", 7));
    REFUSED("0", memcpy(files[0].file_name, "a b.bin", 8));
    REFUSED("0", memcpy(files[0].file_name, "dac.der", 8));
    REFUSED("0", memcpy(files[0].file_name, ".bin", 5));
    REFUSED("0", files[0].size = 0);
    REFUSED("1", files[1].offset = 0x20800);
    REFUSED("1", files[1].offset = 0xFFFFF000);
    REFUSED("1", memcpy(files[1].file_name, files[0].file_name, 16));
    REFUSED("1", files[1].offset = 0x5000); /* the first one's last sector */
    REFUSED("1", files[1].offset = product.factory_data.offset);
    REFUSED("1", files[1].offset = product.factory_data.offset - 0x1E0000 + 0x1000);
    REFUSED("1", snprintf(files[1].file_name, sizeof(files[1].file_name), "%s.bin",
                          product.factory_data.label));
}

static void a_device_that_has_no_images_has_none(void **context)
{
    (void)context;
    struct image_product product = pinning_product();
    struct problem problem = {0};
    product.dac_key = IMAGE_DAC_KEY_DEVICE;
    assert_int_equal(image_product_check(&product, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "firmware_files");
}

static void manifests_are_refused(void **context)
{
    (void)context;
#define DIGEST "\"sha256\": \"00000000000000000000000000000000000000000000000000000000000000ff\""
    static const char *const bad[] = {
        "{\"firmware\": 1}",
        "{\"firmware\": []}",
        "{\"firmware\": [1]}",
        "{\"firmware\": [{\"file\": \"a.bin\", \"offset_number\": 0, \"size\": 1}]}",
        "{\"firmware\": [{\"file\": \"a.bin\", \"offset_number\": 0, \"size\": 1, \"sha256\": "
        "\"00\"}]}",
        "{\"firmware\": [{\"file\": \"a.bin\", \"offset_number\": -1, \"size\": 1, " DIGEST "}]}",
        "{\"firmware\": [{\"file\": \"a.bin\", \"offset_number\": 4294967296, \"size\": 1, " DIGEST
        "}]}",
        "{\"firmware\": [{\"file\": \"../a.bin\", \"offset_number\": 0, \"size\": 1, " DIGEST "}]}",
        "{\"firmware\": [{\"file\": \"fctry.bin\", \"offset_number\": 0, \"size\": 1, " DIGEST
        "}]}",
        "{\"firmware\": [{\"file\": \"a.bin\", \"offset_number\": 4096, \"size\": 1, " DIGEST "}]}",
    };
#undef DIGEST
    const struct image_file image = {
        .label = "fctry", .offset = 0x1000, .content = {.size = 0x1000}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct image_firmware files[IMAGE_FIRMWARE_MAX];
        struct problem problem = {0};
        size_t count = 0;
        json_t *root = json_loads(bad[i], 0, NULL);
        assert_non_null(root);
        print_message("%s\n", bad[i]);
        assert_int_equal(image_firmware_read(root, &image, 1, files, &count, &problem),
                         STATUS_DATA_LOSS);
        assert_string_equal(problem.reason, "MANIFEST");
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manifest_names_them),
        cmocka_unit_test(products_are_refused),
        cmocka_unit_test(a_device_that_has_no_images_has_none),
        cmocka_unit_test(manifests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

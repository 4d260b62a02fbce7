#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/image/factory_data.h"
#include "lib/image/values.h"
#include "lib/nvs/crypt.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

static const struct nvs_item *find(const struct nvs_reader *reader, const char *key,
                                   enum nvs_type type)
{
    const struct nvs_item *item = nvs_reader_find(reader, "chip-factory", key);
    assert_non_null(item);
    assert_int_equal(item->type, type);
    return item;
}

static void assert_text(const struct nvs_reader *reader, const char *key, const char *text)
{
    assert_span_equal(find(reader, key, NVS_STRING)->bytes, span_text(text));
}

static void assert_base64(const struct nvs_reader *reader, const char *key, struct span bytes)
{
    char text[256];
    base64_encode(bytes, text);
    assert_text(reader, key, text);
}

static void assert_values(const struct nvs_reader *reader, const struct image_product *product,
                          const struct image_unit *unit)
{
    assert_int_equal(find(reader, "discriminator", NVS_U32)->integer, unit->discriminator);
    assert_int_equal(find(reader, "iteration-count", NVS_U32)->integer, 1000);
    assert_int_equal(find(reader, "vendor-id", NVS_U32)->integer, product->vendor_id);
    assert_int_equal(find(reader, "product-id", NVS_U32)->integer, product->product_id);
    assert_int_equal(find(reader, "hardware-ver", NVS_U32)->integer, 3);
    assert_base64(reader, "salt", unit->salt);
    assert_base64(reader, "verifier", unit->verifier);
    assert_text(reader, "vendor-name", product->vendor_name);
    assert_text(reader, "product-name", product->product_name);
    assert_text(reader, "hw-ver-str", product->hardware_version_string);
    assert_text(reader, "serial-num", unit->serial_number);
    assert_span_equal(find(reader, "rd-id-uid", NVS_BLOB_DATA)->bytes, unit->rotating_id_unique_id);
    assert_span_equal(find(reader, "dac-cert", NVS_BLOB_DATA)->bytes, unit->dac);
    assert_span_equal(find(reader, "dac-key", NVS_BLOB_DATA)->bytes, unit->dac_key);
    assert_span_equal(find(reader, "dac-pub-key", NVS_BLOB_DATA)->bytes, unit->dac_public_key);
    assert_span_equal(find(reader, "pai-cert", NVS_BLOB_DATA)->bytes, product->pai);
    assert_span_equal(find(reader, "cert-dclrn", NVS_BLOB_DATA)->bytes,
                      product->certification_declaration);
}

static void assert_digests(const struct image_file *file)
{
    uint8_t sha256[SHA256_SIZE], md5[MD5_SIZE];
    digest_sha256(buf_span(&file->content), sha256);
    digest_md5(buf_span(&file->content), md5);
    assert_memory_equal(file->sha256, sha256, sizeof(sha256));
    assert_memory_equal(file->md5, md5, sizeof(md5));
}

static void plain_set(void **context)
{
    (void)context;
    const struct image_product product = sample_product();
    const struct image_unit unit = sample_unit();
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_int_equal(set.file_count, 1);
    assert_string_equal(set.files[0].label, "fctry");
    assert_string_equal(set.files[0].file_name, "fctry.bin");
    assert_int_equal(set.files[0].offset, 0x3e0000);
    assert_int_equal(set.files[0].content.size, 0x6000);
    assert_true(set.files[0].content.secret);
    assert_false(set.files[0].encrypt);
    assert_digests(&set.files[0]);
    assert_span_equal(buf_span(&set.flash_args), span_text("0x3e0000 fctry.bin\n"));
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 17);
    assert_values(reader, &product, &unit);
}

static void encrypted_set(void **context)
{
    (void)context;
    const struct image_product product = sample_encrypted_product();
    const struct image_unit unit = sample_encrypted_unit();
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_int_equal(set.file_count, 2);
    assert_false(set.files[0].encrypt); /* NVS-encrypted already: written as it is */
    assert_true(set.files[1].encrypt);
    assert_string_equal(set.files[1].file_name, "nvs_keys.bin");
    assert_int_equal(set.files[1].content.size, 0x1000);
    assert_memory_equal(set.files[1].content.data, unit.nvs_keys.data, NVS_KEYS_SIZE);
    assert_digests(&set.files[0]);
    assert_digests(&set.files[1]);
    assert_span_equal(buf_span(&set.flash_args), span_text("0x3e0000 fctry.bin\n"));
    struct buf *content = &set.files[0].content;
    assert_null(memmem(content->data, content->size, unit.dac_key.data, unit.dac_key.size));
    assert_ok(nvs_crypt_decrypt(content->data, content->size, unit.nvs_keys));
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(content), &reader, NULL));
    assert_values(reader, &product, &unit);
}

/* The derivation is tests/unit/nvs's matter; here: which key, and that nothing else holds it. */
static void hmac_set(void **context)
{
    (void)context;
    const struct image_product product = sample_hmac_product();
    const struct image_unit unit = sample_hmac_unit();
    uint8_t keys[NVS_KEYS_SIZE];
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_int_equal(set.file_count, 1);
    assert_false(set.files[0].encrypt);
    assert_int_equal(set.efuse_key_count, 1);
    assert_int_equal(set.efuse_keys[0].block, 4);
    assert_true(set.efuse_keys[0].for_nvs);
    assert_false(set.efuse_keys[0].for_dac);
    assert_true(set.efuse_keys[0].content.secret);
    assert_span_equal(buf_span(&set.efuse_keys[0].content), unit.nvs_hmac_key);
    assert_span_equal(buf_span(&set.flash_args), span_text("0x3e0000 fctry.bin\n"));
    struct buf *content = &set.files[0].content;
    assert_null(memmem(content->data, content->size, unit.nvs_hmac_key.data, 32));
    assert_null(memmem(content->data, content->size, unit.dac_key.data, unit.dac_key.size));
    nvs_crypt_keys_from_hmac(unit.nvs_hmac_key, keys);
    assert_ok(nvs_crypt_decrypt(content->data, content->size, SPAN_OF(keys)));
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(content), &reader, NULL));
    assert_values(reader, &product, &unit);
    buf_append_byte(&set.manifest, '\0');
    const char *manifest = (const char *)set.manifest.data;
    const char *burn = strstr(manifest, "\"espefuse\": [\"--chip\", \"esp32c6\", \"burn-key\", "
                                        "\"BLOCK_KEY4\", \"nvs_hmac.key\", \"HMAC_UP\"]");
    assert_non_null(burn);
    assert_true(burn < strstr(manifest, "write-flash")); /* burn before write */
}

static void a_larger_key_partition_is_filled(void **context)
{
    (void)context;
    struct image_product product = sample_encrypted_product();
    const struct image_unit unit = sample_encrypted_unit();
    product.nvs_keys.size = 0x2000;
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_int_equal(set.files[1].content.size, 0x2000);
    for (size_t i = NVS_KEYS_SIZE + 4; i < 0x2000; i++) {
        assert_int_equal(set.files[1].content.data[i], 0xff);
    }
}

static void optional_values(void **context)
{
    (void)context;
    const struct image_product product = sample_product();
    struct image_unit unit = sample_unit();
    unit.rotating_id_unique_id = (struct span){0};
    unit.manufacturing_date = "2026-11-22";
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    assert_null(nvs_reader_find(reader, "chip-factory", "rd-id-uid"));
    assert_text(reader, "mfg-date", "2026-11-22");
}

static void same_input_same_bytes(void **context)
{
    (void)context;
    const struct image_product product = sample_encrypted_product();
    const struct image_unit unit = sample_encrypted_unit();
    AUTO(image_set_done) struct image_set first = {0};
    AUTO(image_set_done) struct image_set second = {0};
    assert_ok(image_set_build(&product, &unit, &first, NULL));
    assert_ok(image_set_build(&product, &unit, &second, NULL));
    for (size_t i = 0; i < first.file_count; i++) {
        assert_span_equal(buf_span(&first.files[i].content), buf_span(&second.files[i].content));
    }
    assert_span_equal(buf_span(&first.manifest), buf_span(&second.manifest));
}

/* Pinned: a change of these bytes for equal input must raise IMAGE_REVISION. */
static void bytes_of_this_revision(void **context)
{
    (void)context;
    const struct image_product product = sample_encrypted_product();
    const struct image_unit unit = sample_encrypted_unit();
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    char text[2 * SHA256_SIZE + 1];
    hex_encode(SPAN_OF(set.files[0].sha256), text);
    assert_int_equal(IMAGE_REVISION, 1);
    assert_string_equal(text, "14742adbecabc9e8eff46eac7dcaed274093361a8b09c82c1bb46561aaf7e086");
    hex_encode(SPAN_OF(set.files[1].sha256), text);
    assert_string_equal(text, "666f64d0b47a33a0c21117e33bcc6a2862e988839ab47cb5bccae9400d4330cc");
}

static void assert_refused(const struct image_product *product, const struct image_unit *unit,
                           status_t status, const char *field)
{
    struct image_set set = {.file_count = 77};
    struct problem problem = {0};
    assert_int_equal(image_set_build(product, unit, &set, &problem), status);
    assert_string_equal(problem.field, field);
    assert_int_equal(set.file_count, 77); /* untouched */
}

#define REFUSED(field, change)                                                                     \
    do {                                                                                           \
        const struct image_product product = sample_encrypted_product();                           \
        struct image_unit unit = sample_encrypted_unit();                                          \
        change;                                                                                    \
        assert_refused(&product, &unit, STATUS_INVALID, field);                                    \
    } while (0)

static void refuses_unit_values(void **context)
{
    (void)context;
    static const uint8_t bytes[700];
    REFUSED("commissioning.discriminator", unit.discriminator = 4096);
    REFUSED("commissioning.passcode", unit.passcode = 12345678);
    REFUSED("commissioning.spake2p_salt", unit.salt.size = 15);
    REFUSED("commissioning.spake2p_salt", unit.salt = span_make(bytes, 33));
    REFUSED("commissioning.spake2p_verifier", unit.verifier.size = 96);
    REFUSED("dac", unit.dac = span_make(bytes, 601));
    REFUSED("dac", unit.dac.size = 0);
    REFUSED("dac_key", unit.dac_key.size = 31);
    REFUSED("dac_public_key", unit.dac_public_key.size = 64);
    REFUSED("serial_number", unit.serial_number = "");
    REFUSED("serial_number", unit.serial_number = "33 bytes 33 bytes 33 bytes 33 byt");
    REFUSED("rotating_device_id_unique_id", unit.rotating_id_unique_id.size = 15);
    REFUSED("nvs_keys", unit.nvs_keys.size = 0);
    REFUSED("nvs_keys", unit.nvs_keys = span_make(bytes, 64)); /* equal halves */
}

/* A passcode or verifier beside a dynamic one is refused, whoever asks for it. */
static void refuses_a_passcode_for_a_dynamic_product(void **context)
{
    (void)context;
    struct image_product product = sample_product();
    struct image_unit unit = sample_unit();
    product.dynamic_passcode = true;
    assert_refused(&product, &unit, STATUS_INVALID, "commissioning.passcode");
    unit.passcode = 0;
    assert_refused(&product, &unit, STATUS_INVALID, "commissioning.spake2p_verifier");
    unit.verifier = (struct span){0};
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    assert_null(nvs_reader_find(reader, "chip-factory", "verifier"));
    assert_base64(reader, "salt", unit.salt);
    product.dynamic_passcode = false;
    assert_refused(&product, &unit, STATUS_INVALID, "commissioning.passcode");
}

static void refuses_dates_firmware_cannot_read(void **context)
{
    (void)context;
    static const char *const dates[] = {
        "",           "2026-11-2",  "2026112",  "2026-13-01", "2026-00-01",        "2026-01-32",
        "2026-01-00", "0999-01-01", "20x60101", "2026/01/01", "20260101123456789", "20260101-1",
        "2026-1-011", "2026-02-29", "21000229", "2026-04-31",
    };
    static const char *const good[] = {"2026-11-22", "2028-02-29", "20000229", "20261122ABCDEFGH",
                                       "2026-11-22ABCDEF"};
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        REFUSED("manufacturing_date", unit.manufacturing_date = dates[i]);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const struct image_product product = sample_product();
        struct image_unit unit = sample_unit();
        unit.manufacturing_date = good[i];
        AUTO(image_set_done) struct image_set set = {0};
        assert_ok(image_set_build(&product, &unit, &set, NULL));
    }
}

static void refuses_keys_for_a_plain_product(void **context)
{
    (void)context;
    const struct image_product product = sample_product();
    const struct image_unit unit = sample_encrypted_unit();
    assert_refused(&product, &unit, STATUS_INVALID, "nvs_keys");
    const struct image_unit hmac_unit = sample_hmac_unit();
    assert_refused(&product, &hmac_unit, STATUS_INVALID, "nvs_hmac_key");
    const struct image_product hmac_product = sample_hmac_product();
    const struct image_unit plain_unit = sample_unit();
    assert_refused(&hmac_product, &plain_unit, STATUS_INVALID, "nvs_hmac_key");
}

static void refuses_a_product_that_fails_its_check(void **context)
{
    (void)context;
    struct image_product product = sample_product();
    const struct image_unit unit = sample_unit();
    strcpy(product.factory_data.label, "../x");
    assert_refused(&product, &unit, STATUS_INVALID, "partitions.factory_data.label");
}

static void the_longest_values_fit_the_smallest_partition(void **context)
{
    (void)context;
    static uint8_t bytes[790];
    struct image_product product = sample_product();
    struct image_unit unit = sample_unit();
    memset(bytes, 'x', sizeof(bytes));
    product.factory_data.size = 0x3000;
    product.certification_declaration = span_make(bytes, 790);
    product.pai = span_make(bytes, 600);
    unit.dac = span_make(bytes, 600);
    product.vendor_name = product.product_name = "32 bytes 32 bytes 32 bytes 32 by";
    product.hardware_version_string =
        "64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 64 bytes 6";
    unit.serial_number = "32 bytes 32 bytes 32 bytes 32 by";
    unit.manufacturing_date = "20261122ABCDEFGH";
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
}

static void refuses_a_partition_too_small_for_the_values(void **context)
{
    (void)context;
    static const uint8_t bytes[3600];
    struct image_product product = sample_product();
    const struct image_unit unit = sample_unit();
    product.certification_declaration = SPAN_OF(bytes);
    AUTO(image_values_done) struct image_values values = {0};
    AUTO(buf_done) struct buf image;
    struct problem problem = {0};
    buf_init_secret(&image, 0x1000);
    assert_ok(image_values_make(&product, &unit, &values));
    assert_int_equal(image_values_write(&values, 0x1000, &image, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "IMAGE_TOO_LARGE");
    assert_string_equal(problem.field, "partitions.factory_data.size");
}

static void notices_an_image_with_other_values(void **context)
{
    (void)context;
    const struct image_product product = sample_product();
    struct image_unit unit = sample_unit();
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    for (int i = 0; i < 3; i++) {
        AUTO(image_values_done) struct image_values values = {0};
        struct problem problem = {0};
        unit = sample_unit();
        if (i == 0) {
            unit.discriminator ^= 1;
        } else if (i == 1) {
            unit.serial_number = "SN-0002";
        } else {
            unit.rotating_id_unique_id = (struct span){0}; /* one key fewer */
        }
        assert_ok(image_values_make(&product, &unit, &values));
        assert_int_equal(image_values_compare(&values, reader, &problem), STATUS_INTERNAL);
        assert_string_equal(problem.reason, "IMAGE_READ_BACK");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_set),
        cmocka_unit_test(encrypted_set),
        cmocka_unit_test(hmac_set),
        cmocka_unit_test(a_larger_key_partition_is_filled),
        cmocka_unit_test(optional_values),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(bytes_of_this_revision),
        cmocka_unit_test(refuses_unit_values),
        cmocka_unit_test(refuses_a_passcode_for_a_dynamic_product),
        cmocka_unit_test(refuses_dates_firmware_cannot_read),
        cmocka_unit_test(refuses_keys_for_a_plain_product),
        cmocka_unit_test(refuses_a_product_that_fails_its_check),
        cmocka_unit_test(the_longest_values_fit_the_smallest_partition),
        cmocka_unit_test(refuses_a_partition_too_small_for_the_values),
        cmocka_unit_test(notices_an_image_with_other_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

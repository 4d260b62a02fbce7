/* Sets with an esp_secure_cert partition and eFuse keys: what is in them, and what is refused
 * before there is one. */
#include "lib/image/efuse.h"
#include "lib/image/manifest.h"
#include "lib/image/values.h"
#include "lib/securecert/key.h"
#include "tests/support/test.h"
#include "tests/unit/image/secure_cert_sets.h"

static const enum image_dac_key secure_cert_keys[] = {
    IMAGE_DAC_KEY_SECURE_CERT, IMAGE_DAC_KEY_PERIPHERAL, IMAGE_DAC_KEY_DERIVED};

/* ---- helpers ---- */

static void assert_build_refused(const struct chain *chain, const char *reason, const char *field)
{
    AUTO(image_set_done) struct image_set set = {0};
    struct problem problem = {0};
    assert_int_equal(image_set_build(&chain->product, &chain->unit, &set, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, field);
}

static bool contains(struct span content, struct span part)
{
    return memmem(content.data, content.size, part.data, part.size) != NULL;
}

/* In either byte order. */
static void assert_nowhere(const struct image_set *set, struct span secret)
{
    uint8_t reversed[32];
    assert_int_equal(secret.size, sizeof(reversed));
    for (size_t i = 0; i < sizeof(reversed); i++) {
        reversed[i] = secret.data[sizeof(reversed) - 1 - i];
    }
    for (size_t i = 0; i < set->file_count; i++) {
        assert_false(contains(buf_span(&set->files[i].content), secret));
        assert_false(contains(buf_span(&set->files[i].content), SPAN_OF(reversed)));
    }
    assert_false(contains(buf_span(&set->manifest), secret));
    assert_false(contains(buf_span(&set->flash_args), secret));
}

static struct nvs_reader *factory_reader(const struct image_set *set)
{
    struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(&set->files[0].content), &reader, NULL));
    return reader;
}

static bool in_factory_data(const struct image_set *set, const char *key)
{
    AUTO(nvs_reader_free) struct nvs_reader *reader = factory_reader(set);
    return nvs_reader_find(reader, IMAGE_NAMESPACE, key) != NULL;
}

/* ---- what is built ---- */

static void identity_leaves_the_factory_data(void **context)
{
    (void)context;
    static const char *const keys[] = {"dac-cert", "dac-key", "dac-pub-key", "pai-cert"};
    for (size_t i = 0; i < sizeof(secure_cert_keys) / sizeof(secure_cert_keys[0]); i++) {
        const struct chain *chain = &secure_cert_chains[secure_cert_keys[i]];
        AUTO(image_set_done) struct image_set set = {0};
        secure_cert_build(chain, &set);
        assert_int_equal(set.file_count, 2);
        assert_int_equal(set.files[1].role, IMAGE_ROLE_SECURE_CERT);
        assert_string_equal(set.files[1].file_name, "esp_secure_cert.bin");
        assert_int_equal(set.files[1].content.size, 0x2000);
        assert_true(set.files[1].content.secret);
        for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++) {
            assert_false(in_factory_data(&set, keys[j]));
        }
        assert_true(in_factory_data(&set, "salt"));
        assert_span_equal(buf_span(&set.flash_args),
                          span_text("0x3e0000 fctry.bin\n0xd000 esp_secure_cert.bin\n"));
        secure_cert_assert_accepted(chain, &set, "secure cert", "esp_secure_cert.bin");
    }
}

static void a_key_in_plaintext_needs_no_efuse(void **context)
{
    (void)context;
    const struct chain *chain = &secure_cert_chains[IMAGE_DAC_KEY_SECURE_CERT];
    AUTO(image_set_done) struct image_set set = {0};
    secure_cert_build(chain, &set);
    assert_int_equal(set.efuse_key_count, 0);
    assert_true(contains(buf_span(&set.files[1].content), chain->unit.dac_key));
    assert_false(contains(buf_span(&set.files[0].content), chain->unit.dac_key));
    secure_cert_assert_accepted(chain, &set, "key", "the key in esp_secure_cert is the DAC's");
}

static void the_peripherals_key_is_in_no_image(void **context)
{
    (void)context;
    const struct chain *chain = &secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(secret_wipe) struct secret burnt = {0};
    secure_cert_build(chain, &set);
    assert_nowhere(&set, chain->unit.dac_key);
    assert_int_equal(set.efuse_key_count, 1);
    assert_string_equal(set.efuse_keys[0].file_name, "dac_ecdsa.pem");
    assert_string_equal(set.efuse_keys[0].purpose, "ECDSA_KEY");
    assert_true(set.efuse_keys[0].content.secret);
    assert_memory_equal(set.efuse_keys[0].content.data, "-----BEGIN EC PRIVATE KEY-----\n", 31);
    assert_ok(image_efuse_secret(&set.efuse_keys[0], &burnt, NULL));
    assert_span_equal(secret_span(&burnt), chain->unit.dac_key);
    const char *text = secure_cert_manifest_text(&set);
    const char *burn = strstr(text, "{\"burn\": [\"dac_ecdsa.pem\"], \"espefuse\": [\"--chip\", "
                                    "\"esp32h2\", \"burn-key\", \"BLOCK_KEY2\", "
                                    "\"dac_ecdsa.pem\", \"ECDSA_KEY\"]}");
    assert_non_null(burn);
    assert_true(burn < strstr(text, "write-flash"));
    secure_cert_assert_accepted(chain, &set, "key", "in no image");
}

static void a_derived_key_is_nowhere(void **context)
{
    (void)context;
    const struct chain *chain = &secure_cert_chains[IMAGE_DAC_KEY_DERIVED];
    const struct image_unit *unit = &chain->unit;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(secret_wipe) struct secret scalar = {0};
    uint8_t point[PKI_POINT_SIZE];
    secure_cert_build(chain, &set);
    assert_ok(securecert_key_derive(unit->dac_hmac_key, unit->dac_hmac_salt, &scalar, point, NULL));
    assert_nowhere(&set, secret_span(&scalar));
    assert_nowhere(&set, unit->dac_hmac_key);
    assert_true(contains(buf_span(&set.files[1].content), unit->dac_hmac_salt));
    assert_int_equal(set.efuse_key_count, 1);
    assert_string_equal(set.efuse_keys[0].file_name, "dac_hmac.key");
    assert_span_equal(buf_span(&set.efuse_keys[0].content), unit->dac_hmac_key);
    secure_cert_assert_accepted(chain, &set, "key", "derived from BLOCK_KEY2");
}

static void commissioning_data_moves_too(void **context)
{
    (void)context;
    static const char *const keys[] = {"discriminator", "iteration-count", "salt", "verifier",
                                       "rd-id-uid"};
    for (size_t i = 0; i < IMAGE_DAC_KEY_DEVICE; i++) {
        struct chain chain = secure_cert_chains[i];
        AUTO(image_set_done) struct image_set set = {0};
        chain.product.commissioning_in_secure_cert = true;
        secure_cert_build(&chain, &set);
        assert_int_equal(set.file_count, 2);
        for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++) {
            assert_false(in_factory_data(&set, keys[j]));
        }
        assert_int_equal(in_factory_data(&set, "dac-cert"), i == IMAGE_DAC_KEY_FACTORY);
        assert_true(contains(buf_span(&set.files[1].content), chain.unit.rotating_id_unique_id));
        secure_cert_assert_accepted(&chain, &set, "verifier", "1000 iterations, 32 bytes of salt");
        chain.unit.discriminator ^= 1; /* the codes say otherwise then */
        AUTO(image_set_done) struct image_set other = {0};
        secure_cert_build(&chain, &other);
        secure_cert_assert_refused(&secure_cert_chains[i], &other, STATUS_REFUSED, "CODE_MISMATCH");
    }
}

static void two_keys_are_burnt_in_order(void **context)
{
    (void)context;
    static const enum image_dac_key keys[] = {IMAGE_DAC_KEY_PERIPHERAL, IMAGE_DAC_KEY_DERIVED};
    for (size_t i = 0; i < 2; i++) {
        struct chain chain = secure_cert_with_nvs_hmac(keys[i], 3);
        AUTO(image_set_done) struct image_set set = {0};
        secure_cert_build(&chain, &set);
        assert_int_equal(set.efuse_key_count, 2);
        assert_true(set.efuse_keys[0].for_dac && !set.efuse_keys[0].for_nvs);
        assert_true(set.efuse_keys[1].for_nvs && !set.efuse_keys[1].for_dac);
        assert_string_equal(set.efuse_keys[1].file_name, "nvs_hmac.key");
        assert_nowhere(&set, chain.unit.nvs_hmac_key);
        const char *text = secure_cert_manifest_text(&set);
        const char *dac = strstr(text, "\"BLOCK_KEY2\", \"dac_");
        const char *nvs = strstr(text, "\"BLOCK_KEY3\", \"nvs_hmac.key\", \"HMAC_UP\"");
        assert_true(dac != NULL && nvs != NULL && dac < nvs && nvs < strstr(text, "write-flash"));
        secure_cert_assert_accepted(&chain, &set, "image", "burn it first");
    }
}

/* One HMAC key serves both: one block, one file. */
static void one_key_for_nvs_and_dac(void **context)
{
    (void)context;
    struct chain chain = secure_cert_with_nvs_hmac(IMAGE_DAC_KEY_DERIVED, 2);
    AUTO(image_set_done) struct image_set set = {0};
    assert_build_refused(&chain, "EFUSE_KEY", "dac_hmac_key");
    chain.unit.nvs_hmac_key = chain.unit.dac_hmac_key;
    secure_cert_build(&chain, &set);
    assert_int_equal(set.efuse_key_count, 1);
    assert_true(set.efuse_keys[0].for_nvs && set.efuse_keys[0].for_dac);
    assert_non_null(strstr(secure_cert_manifest_text(&set), "\"for\": [\"nvs\", \"dac\"]"));
    secure_cert_assert_accepted(&chain, &set, "key", "burn nvs_hmac.key first");
}

/* The table's flag decides whether esptool encrypts it. */
static void a_flagged_partition_is_written_encrypted(void **context)
{
    (void)context;
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_SECURE_CERT];
    AUTO(image_set_done) struct image_set set = {0};
    chain.product.secure_cert.encrypted = true;
    secure_cert_build(&chain, &set);
    assert_true(set.files[1].encrypt);
    assert_span_equal(buf_span(&set.flash_args), span_text("0x3e0000 fctry.bin\n"));
    assert_non_null(strstr(secure_cert_manifest_text(&set), "\"--encrypt\", \"0xd000\""));
    secure_cert_assert_accepted(&chain, &set, "key", "is the DAC's");
}

/* ---- products that are refused ---- */

static void assert_product_refused(const struct image_product *product, const char *reason,
                                   const char *field)
{
    struct problem problem = {0};
    assert_int_equal(image_product_check(product, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, field);
}

#define REFUSED(key, reason, field, change)                                                        \
    do {                                                                                           \
        struct image_product product = secure_cert_chains[key].product;                            \
        assert_ok(image_product_check(&product, NULL));                                            \
        change;                                                                                    \
        assert_product_refused(&product, reason, field);                                           \
    } while (0)

static void refuses_products(void **context)
{
    (void)context;
    static const char *const no_hmac[] = {"esp32", "esp32c2", "esp32c61"};
    static const char *const no_ecdsa[] = {"esp32",   "esp32s2", "esp32s3",
                                           "esp32c2", "esp32c3", "esp32c6"};
    for (size_t i = 0; i < sizeof(no_hmac) / sizeof(no_hmac[0]); i++) {
        REFUSED(IMAGE_DAC_KEY_DERIVED, "CHIP_HMAC", "dac.key", product.chip = no_hmac[i]);
    }
    for (size_t i = 0; i < sizeof(no_ecdsa) / sizeof(no_ecdsa[0]); i++) {
        REFUSED(IMAGE_DAC_KEY_PERIPHERAL, "CHIP_ECDSA", "dac.key", product.chip = no_ecdsa[i]);
    }
    REFUSED(IMAGE_DAC_KEY_DERIVED, "KEY_BLOCK", "dac.efuse.key_block", product.dac_key_block = 6);
    REFUSED(IMAGE_DAC_KEY_PERIPHERAL, "KEY_BLOCK", "dac.efuse.key_block",
            product.dac_key_block = 6);
    REFUSED(IMAGE_DAC_KEY_PERIPHERAL, "KEY_BLOCK", "dac.efuse.key_block",
            product.dac_key_block = 5);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.label",
            strcpy(product.secure_cert.label, "cert"));
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.label",
            product.secure_cert.label[0] = '\0');
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.size",
            product.secure_cert.size = 0x10000);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.size",
            product.secure_cert.size = 0);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.offset",
            product.secure_cert.offset = 0x8000);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.secure_cert.offset",
            product.secure_cert.offset = product.factory_data.offset + 0x1000);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "PARTITION", "partitions.factory_data.encrypted",
            product.factory_data.encrypted = true);
    REFUSED(IMAGE_DAC_KEY_SECURE_CERT, "STORE_IN", "commissioning.store_in",
            (product.commissioning_in_secure_cert = true, product.dynamic_passcode = true));
}

static void refuses_blocks_that_collide(void **context)
{
    (void)context;
    struct image_product product = secure_cert_with_nvs_hmac(IMAGE_DAC_KEY_PERIPHERAL, 2).product;
    assert_product_refused(&product, "KEY_BLOCK", "dac.efuse.key_block");
    product =
        secure_cert_with_nvs_hmac(IMAGE_DAC_KEY_DERIVED, 1).product; /* firmware takes the first */
    assert_product_refused(&product, "KEY_BLOCK", "dac.efuse.key_block");
}

static void a_device_with_its_own_key_has_no_images(void **context)
{
    (void)context;
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_FACTORY];
    struct image_product *product = &chain.product;
    product->dac_key = IMAGE_DAC_KEY_DEVICE;
    memset(&product->factory_data, 0, sizeof(product->factory_data));
    assert_ok(image_product_check(product, NULL));
    assert_build_refused(&chain, "DAC_KEY", "dac.key");
    product->commissioning_in_secure_cert = true;
    assert_product_refused(product, "DAC_KEY", "commissioning.store_in");
    product->commissioning_in_secure_cert = false;
    product->nvs_encryption = IMAGE_NVS_HMAC;
    assert_product_refused(product, "DAC_KEY", "nvs_encryption");
}

/* ---- units that are refused ---- */

static void refuses_units(void **context)
{
    (void)context;
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_DERIVED];
    chain.unit.dac_hmac_key.size = 31;
    assert_build_refused(&chain, "VALUE_SIZE", "dac_hmac_key");
    chain = secure_cert_chains[IMAGE_DAC_KEY_DERIVED];
    chain.unit.dac_hmac_salt.size = 0;
    assert_build_refused(&chain, "VALUE_SIZE", "dac_hmac_salt");
    chain = secure_cert_chains[IMAGE_DAC_KEY_DERIVED];
    chain.unit.dac_key = secure_cert_chains[IMAGE_DAC_KEY_FACTORY].unit.dac_key;
    assert_build_refused(&chain, "VALUE_SIZE", "dac_key");
    chain = secure_cert_chains[IMAGE_DAC_KEY_FACTORY];
    chain.unit.dac_hmac_key = secure_cert_chains[IMAGE_DAC_KEY_DERIVED].unit.dac_hmac_key;
    assert_build_refused(&chain, "VALUE_SIZE", "dac_hmac_key");
    chain = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
    chain.unit.dac_key = chain.unit.salt;
    assert_build_refused(&chain, "SECURECERT_KEY_PAIR", "dac_key");
}

static void the_builder_finds_a_leak(void **context)
{
    (void)context;
    char hex[65];
    struct chain chain = secure_cert_leaking_chain(IMAGE_DAC_KEY_PERIPHERAL, hex);
    AUTO(image_set_done) struct image_set set = {0};
    struct problem problem = {0};
    assert_int_equal(image_set_build(&chain.product, &chain.unit, &set, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "IMAGE_KEY_LEAK");
    assert_string_equal(problem.field, "fctry.bin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_leaves_the_factory_data),
        cmocka_unit_test(a_key_in_plaintext_needs_no_efuse),
        cmocka_unit_test(the_peripherals_key_is_in_no_image),
        cmocka_unit_test(a_derived_key_is_nowhere),
        cmocka_unit_test(commissioning_data_moves_too),
        cmocka_unit_test(two_keys_are_burnt_in_order),
        cmocka_unit_test(one_key_for_nvs_and_dac),
        cmocka_unit_test(a_flagged_partition_is_written_encrypted),
        cmocka_unit_test(refuses_products),
        cmocka_unit_test(refuses_blocks_that_collide),
        cmocka_unit_test(a_device_with_its_own_key_has_no_images),
        cmocka_unit_test(refuses_units),
        cmocka_unit_test(the_builder_finds_a_leak),
    };
    return cmocka_run_group_tests(tests, secure_cert_setup, secure_cert_teardown);
}

/* Sets with an esp_secure_cert partition and eFuse keys that a station refuses. */
#include "lib/image/efuse.h"
#include "lib/image/manifest.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"
#include "tests/unit/image/secure_cert_sets.h"

static void swap_files(struct image_file *a, struct image_file *b)
{
    struct image_file kept = *a;
    *a = *b;
    *b = kept;
}

/* Plain factory data, and NVS-encrypted, where no search of the image sees it. */
static void a_station_finds_a_leak(void **context)
{
    (void)context;
    char hex[65];
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        struct chain leaking = secure_cert_leaking_chain(IMAGE_DAC_KEY_SECURE_CERT, hex);
        struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
        AUTO(image_set_done) struct image_set leaking_set = {0};
        AUTO(image_set_done) struct image_set set = {0};
        if (encrypted == 1) {
            leaking.product.nvs_encryption = chain.product.nvs_encryption = IMAGE_NVS_HMAC;
            leaking.unit.nvs_hmac_key = chain.unit.nvs_hmac_key = sample_hmac_unit().nvs_hmac_key;
        }
        secure_cert_build(&leaking, &leaking_set);
        secure_cert_build(&chain, &set);
        swap_files(&set.files[0], &leaking_set.files[0]);
        secure_cert_describe(&set);
        secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "IMAGE_KEY_LEAK");
    }
}

/* The set of `chain` with the factory data of `other`. */
static void assert_mix_refused(const struct chain *chain, const struct chain *other,
                               const char *reason)
{
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set other_set = {0};
    secure_cert_build(chain, &set);
    secure_cert_build(other, &other_set);
    swap_files(&set.files[0], &other_set.files[0]);
    secure_cert_describe(&set);
    secure_cert_assert_refused(chain, &set, STATUS_REFUSED, reason);
}

static void a_station_refuses_values_twice_or_nowhere(void **context)
{
    (void)context;
    const struct chain *factory = &secure_cert_chains[IMAGE_DAC_KEY_FACTORY];
    const struct chain *secure_cert = &secure_cert_chains[IMAGE_DAC_KEY_SECURE_CERT];
    struct chain both = *secure_cert;
    struct chain commissioning = *factory;
    assert_mix_refused(secure_cert, factory, "IMAGE_KEY_TWICE");
    both.product.commissioning_in_secure_cert = true;
    assert_mix_refused(&both, secure_cert, "IMAGE_KEY_TWICE");
    commissioning.product.commissioning_in_secure_cert = true;
    assert_mix_refused(&commissioning, factory, "IMAGE_KEY_TWICE");
    assert_mix_refused(&commissioning, &both, "IMAGE_KEY"); /* no identity anywhere */
    assert_mix_refused(secure_cert, &both, "IMAGE_KEY");    /* no salt anywhere */
}

static void a_station_refuses_a_damaged_partition(void **context)
{
    (void)context;
    const struct chain *chain = &secure_cert_chains[IMAGE_DAC_KEY_SECURE_CERT];
    AUTO(image_set_done) struct image_set set = {0};
    secure_cert_build(chain, &set);
    set.files[1].content.data[0x40] ^= 1;
    secure_cert_assert_refused(chain, &set, STATUS_DATA_LOSS, "IMAGE_DIGEST");
    secure_cert_describe(&set);
    secure_cert_assert_refused(chain, &set, STATUS_DATA_LOSS, "SECURECERT_CRC");
}

static void a_station_refuses_the_wrong_efuse_key(void **context)
{
    (void)context;
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
    const struct chain *derived = &secure_cert_chains[IMAGE_DAC_KEY_DERIVED];
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set derived_set = {0};
    secure_cert_build(&chain, &set);
    secure_cert_build(derived, &derived_set);
    set.efuse_keys[0].block = 3; /* the partition says 2 */
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "EFUSE_KEY");
    set.efuse_keys[0].block = 2;
    set.efuse_key_count = 0;
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "EFUSE_KEY");
    set.efuse_key_count = 1;
    struct image_efuse_key kept = set.efuse_keys[0];
    set.efuse_keys[0] = derived_set.efuse_keys[0];
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "EFUSE_KEY"); /* another purpose */
    set.efuse_keys[0] = kept;
    derived_set.efuse_keys[0].content.data[0] ^= 1;
    secure_cert_describe(&derived_set);
    secure_cert_assert_refused(derived, &derived_set, STATUS_REFUSED, "SECURECERT_KEY_PAIR");
}

static void a_station_refuses_another_units_pem(void **context)
{
    (void)context;
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set other = {0};
    struct image_unit unit = chain.unit;
    unit.dac_key = chain.unit.salt; /* any scalar */
    secure_cert_build(&chain, &set);
    assert_ok(image_efuse_make(&chain.product, &unit, &other));
    struct buf kept = set.efuse_keys[0].content;
    set.efuse_keys[0].content = other.efuse_keys[0].content;
    other.efuse_keys[0].content = kept;
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "IMAGE_KEY_PAIR");
    set.efuse_keys[0].content.data[3] ^= 1;
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_DATA_LOSS, "PEM_MALFORMED");
}

/* The derived key would come from the block that holds NVS's key. */
static void a_station_refuses_a_lower_nvs_block(void **context)
{
    (void)context;
    struct chain chain = secure_cert_with_nvs_hmac(IMAGE_DAC_KEY_DERIVED, 3);
    AUTO(image_set_done) struct image_set set = {0};
    secure_cert_build(&chain, &set);
    set.efuse_keys[1].block = 1;
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_REFUSED, "EFUSE_KEY");
    set.efuse_keys[1].block = 2;
    secure_cert_describe(&set);
    secure_cert_assert_refused(&chain, &set, STATUS_DATA_LOSS,
                               "MANIFEST"); /* one block, two keys */
}

/* What the manifest says of keys, changed after it was written. */
static void a_station_refuses_a_manifest_that_lies_about_keys(void **context)
{
    (void)context;
    static const struct {
        const char *from;
        const char *to;
    } changes[] = {
        {"\"for\": [\"dac\"]", "\"for\": [\"nvs\"]"},
        {"\"for\": [\"dac\"]", "\"for\": [\"dac\", \"nvs\"]"},
        {"\"for\": [\"dac\"]", "\"for\": []"},
        {"\"purpose\": \"ECDSA_KEY\"", "\"purpose\": \"HMAC_UP\""},
        {"\"block\": \"BLOCK_KEY2\"", "\"block\": \"BLOCK_KEY1\""},
        {"\"file\": \"dac_ecdsa.pem\"", "\"file\": \"dac_ecdsa.pen\""},
        {"\"efuse_keys\"", "\"efuse_kays\""},
        {"\"role\": \"secure-cert\"", "\"role\": \"nvs-keys\""},
        {"\"label\": \"esp_secure_cert\"", "\"label\": \"esp_secure_cerd\""},
    };
    struct chain chain = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL];
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        AUTO(image_set_done) struct image_set set = {0};
        AUTO(buf_done) struct buf changed;
        secure_cert_build(&chain, &set);
        buf_init(&changed, IMAGE_MANIFEST_MAX);
        const char *text = secure_cert_manifest_text(&set);
        const char *place = strstr(text, changes[i].from);
        assert_non_null(place);
        buf_append(&changed, text, (size_t)(place - text));
        buf_append_text(&changed, changes[i].to);
        buf_append_text(&changed, place + strlen(changes[i].from));
        buf_clear(&set.manifest);
        buf_append_span(&set.manifest, buf_span(&changed));
        /* a lie about the role passes the manifest's check: the file is no key partition */
        bool role = strstr(changes[i].to, "role") != NULL;
        secure_cert_assert_refused(&chain, &set, STATUS_DATA_LOSS,
                                   role ? "NVS_KEYS_CRC" : "MANIFEST");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_station_finds_a_leak),
        cmocka_unit_test(a_station_refuses_values_twice_or_nowhere),
        cmocka_unit_test(a_station_refuses_a_damaged_partition),
        cmocka_unit_test(a_station_refuses_the_wrong_efuse_key),
        cmocka_unit_test(a_station_refuses_another_units_pem),
        cmocka_unit_test(a_station_refuses_a_lower_nvs_block),
        cmocka_unit_test(a_station_refuses_a_manifest_that_lies_about_keys),
    };
    return cmocka_run_group_tests(tests, secure_cert_setup, secure_cert_teardown);
}

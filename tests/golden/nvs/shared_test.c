/* The corpus of foreign images, where it is present: whole bytes, and what a third reader of the
 * format counted in them. */
#include <jansson.h>
#include <unistd.h>

#include "tests/golden/nvs/csv_image.h"

enum { CASES_MIN = 10 };

static const char *member(const json_t *entry, const char *name)
{
    return json_string_value(json_object_get(entry, name));
}

static void check_entry(const json_t *entry)
{
    char name[128];
    uint8_t keys[NVS_KEYS_SIZE];
    size_t items = 0;
    const char *key_file = member(entry, "keys");
    size_t size = strtoul(member(entry, "size"), NULL, 0);
    if (key_file != NULL) {
        struct buf partition = test_read_file(key_file);
        assert_ok(nvs_crypt_read_key_partition(buf_span(&partition), keys, NULL));
        buf_done(&partition);
    }
    print_message("%s\n", member(entry, "name"));
    assert_int_equal(json_array_size(json_object_get(entry, "args")), 0);
    struct buf image =
        csv_image_build(member(entry, "csv"), size, 2, key_file != NULL ? keys : NULL, &items);
    (void)snprintf(name, sizeof(name), "%s.bin", member(entry, "name"));
    struct buf expected = test_read_file(name);
    assert_span_equal(buf_span(&image), buf_span(&expected));
    assert_string_equal(csv_image_digest(&image), member(entry, "sha256"));
    assert_int_equal(items, json_integer_value(json_object_get(entry, "entries")));
    buf_done(&image);
    buf_done(&expected);
}

static void test_corpus(void **state)
{
    (void)state;
    json_t *manifest = json_load_file("manifest.json", 0, NULL);
    assert_non_null(manifest);
    assert_true(json_array_size(manifest) >= CASES_MIN);
    for (size_t i = 0; i < json_array_size(manifest); i++) {
        check_entry(json_array_get(manifest, i));
    }
    json_decref(manifest);
}

/* The key partition derived from the corpus' HMAC key. */
static void test_hmac_keys(void **state)
{
    (void)state;
    uint8_t keys[NVS_KEYS_SIZE];
    struct buf hmac_key = test_read_file("hmac_key.bin");
    struct buf expected = test_read_file("keys_hmac.bin");
    AUTO(buf_done) struct buf partition;
    buf_init(&partition, NVS_KEY_PARTITION_SIZE);
    nvs_crypt_keys_from_hmac(buf_span(&hmac_key), keys);
    assert_ok(nvs_crypt_key_partition(SPAN_OF(keys), &partition));
    assert_span_equal(buf_span(&partition), buf_span(&expected));
    buf_done(&hmac_key);
    buf_done(&expected);
}

int main(void)
{
    const char *folder = test_shared_path("spec/nvs-golden");
    if (folder == NULL || chdir(folder) != 0) {
        test_skip("the foreign NVS images (spec/nvs-golden) are not on this machine");
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus),
                                       cmocka_unit_test(test_hmac_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

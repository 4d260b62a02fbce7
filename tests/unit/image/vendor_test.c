/* Vendor data: every type as it stands in the partition, and every refusal with its field. */
#include "lib/image/factory_data.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct image_vendor_value declared[] = {
    {"creds", "node_id", "string", {0}, false, true},
    {"creds", "mqtt_host", "string", TEXT("iot.example.com"), false, false},
    {"creds", "random", "hex2bin", TEXT("00ff10"), false, false},
    {"creds", "token", "base64", TEXT("AAEC\nAw=="), true, false},
    {"creds", "raw", "binary", TEXT("\x80\x00\xff"), true, false},
    {"cal", "offset", "i16", TEXT("-2"), false, false},
    {"cal", "gain", "u64", {0}, false, true},
    {"chip-factory", "acme-extra", "u8", TEXT("255"), false, false},
};
enum { DECLARED = sizeof(declared) / sizeof(declared[0]) };

static const struct image_vendor_value supplied[] = {
    {"cal", "gain", "u64", TEXT("18446744073709551615"), false, false},
    {"creds", "node_id", "string",
     TEXT("n\xc3\xb6"
          "de"),
     false, false},
};

static struct image_product vendor_product(void)
{
    struct image_product product = sample_product();
    memcpy(product.vendor_values, declared, sizeof(declared));
    product.vendor_count = DECLARED;
    return product;
}

static struct image_unit vendor_unit(void)
{
    struct image_unit unit = sample_unit();
    unit.vendor_values = supplied;
    unit.vendor_count = 2;
    return unit;
}

static const struct nvs_item *find(const struct nvs_reader *reader, const char *namespace_name,
                                   const char *key, enum nvs_type type)
{
    const struct nvs_item *item = nvs_reader_find(reader, namespace_name, key);
    assert_non_null(item);
    assert_int_equal(item->type, type);
    return item;
}

static void every_type_is_read_back(void **context)
{
    (void)context;
    static const uint8_t random[] = {0x00, 0xff, 0x10}, token[] = {0, 1, 2, 3};
    const struct image_product product = vendor_product();
    const struct image_unit unit = vendor_unit();
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 17 + DECLARED);
    assert_int_equal(nvs_reader_namespace_count(reader), 3);
    assert_span_equal(find(reader, "creds", "node_id", NVS_STRING)->bytes, supplied[1].text);
    assert_span_equal(find(reader, "creds", "mqtt_host", NVS_STRING)->bytes, declared[1].text);
    assert_span_equal(find(reader, "creds", "random", NVS_BLOB_DATA)->bytes, SPAN_OF(random));
    assert_span_equal(find(reader, "creds", "token", NVS_BLOB_DATA)->bytes, SPAN_OF(token));
    assert_span_equal(find(reader, "creds", "raw", NVS_BLOB_DATA)->bytes, declared[4].text);
    assert_int_equal((int16_t)find(reader, "cal", "offset", NVS_I16)->integer, -2);
    assert_true(find(reader, "cal", "gain", NVS_U64)->integer == UINT64_MAX);
    assert_int_equal(find(reader, "chip-factory", "acme-extra", NVS_U8)->integer, 255);
}

/* ---- refusals ---- */

static char long_text[4001];

static const struct {
    struct image_vendor_value value;
    const char *reason;
    const char *field;
} product_refusals[] = {
    {{"", "k", "u8", TEXT("1"), 0, 0}, "VENDOR_NAME", "vendor_data..k"},
    {{"a234567890123456", "k", "u8", TEXT("1"), 0, 0},
     "VENDOR_NAME",
     "vendor_data.a234567890123456.k"},
    {{"app", "k234567890123456", "u8", TEXT("1"), 0, 0},
     "VENDOR_NAME",
     "vendor_data.app.k234567890123456"},
    {{"app", "k\xc3\xa4", "u8", TEXT("1"), 0, 0}, "VENDOR_NAME", "vendor_data.app.k\xc3\xa4"},
    {{"app", "a b", "u8", TEXT("1"), 0, 0}, "VENDOR_NAME", "vendor_data.app.a b"},
    {{"chip-factory", "pin-code", "u32", TEXT("1"), 0, 0},
     "VENDOR_CLASH",
     "vendor_data.chip-factory.pin-code"},
    {{"chip-factory", "fl-k/9/0", "string", TEXT("x"), 0, 0},
     "VENDOR_CLASH",
     "vendor_data.chip-factory.fl-k/9/0"},
    {{"app", "sta.ssid", "string", TEXT("x"), 0, 0}, "VENDOR_WIFI_KEY", "vendor_data.app.sta.ssid"},
    {{"cal", "gain", "u64", TEXT("1"), 0, 0}, "VENDOR_TWICE", "vendor_data.cal.gain"},
    {{"app", "k", "U8", TEXT("1"), 0, 0}, "NVS_CSV_ENCODING", "vendor_data.app.k"},
    {{"app", "k", "u9", {0}, 0, 1}, "NVS_CSV_ENCODING", "vendor_data.app.k"},
    {{"app", "k", "blob_fill(4;0x00)", TEXT("1"), 0, 0}, "VENDOR_TYPE", "vendor_data.app.k"},
    {{"app", "k", "u8", TEXT("256"), 0, 0}, "NVS_VALUE_RANGE", "vendor_data.app.k"},
    {{"app", "k", "i8", TEXT("-129"), 0, 0}, "NVS_VALUE_RANGE", "vendor_data.app.k"},
    {{"app", "k", "u8", TEXT("0x1"), 0, 0}, "NVS_CSV_NUMBER", "vendor_data.app.k"},
    {{"app", "k", "hex2bin", TEXT("abc"), 0, 0}, "NVS_CSV_HEX", "vendor_data.app.k"},
    {{"app", "k", "base64", TEXT("AA"), 0, 0}, "NVS_CSV_BASE64", "vendor_data.app.k"},
    {{"app", "k", "binary", TEXT("\xc3\xa4"), 0, 0},
     "NVS_CSV_BINARY_NOT_ASCII",
     "vendor_data.app.k"},
    {{"app", "k", "string", {(const uint8_t *)long_text, 3968}, 0, 0},
     "VENDOR_TOO_LONG",
     "vendor_data.app.k"},
    {{"app", "k", "binary", {(const uint8_t *)long_text, IMAGE_VENDOR_TEXT_MAX}, 0, 0},
     "VENDOR_TOO_LARGE",
     "vendor_data.app.k"},
};

static void assert_refused(const struct image_product *product, const struct image_unit *unit,
                           const char *reason, const char *field)
{
    struct problem problem = {0};
    AUTO(image_set_done) struct image_set set = {0};
    assert_int_not_equal(image_set_build(product, unit, &set, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, field);
}

static void products_are_refused(void **context)
{
    (void)context;
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (size_t i = 0; i < sizeof(product_refusals) / sizeof(product_refusals[0]); i++) {
        struct image_product product = vendor_product();
        const struct image_unit unit = vendor_unit();
        product.vendor_values[DECLARED] = product_refusals[i].value;
        product.vendor_count = DECLARED + 1;
        assert_refused(&product, &unit, product_refusals[i].reason, product_refusals[i].field);
    }
}

static void too_many_are_refused(void **context)
{
    (void)context;
    static char keys[IMAGE_VENDOR_VALUES_MAX][8];
    struct image_product product = sample_product();
    const struct image_unit unit = sample_unit();
    AUTO(image_set_done) struct image_set set = {0};
    for (size_t i = 0; i < IMAGE_VENDOR_VALUES_MAX; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        product.vendor_values[i] =
            (struct image_vendor_value){"app", keys[i], "u8", TEXT("1"), false, false};
    }
    product.vendor_count = IMAGE_VENDOR_VALUES_MAX + 1;
    assert_refused(&product, &unit, "TOO_MANY", "vendor_data");
    product.vendor_count = IMAGE_VENDOR_VALUES_MAX;
    assert_ok(image_set_build(&product, &unit, &set, NULL));
}

static void supplied_values_must_fit_the_product(void **context)
{
    (void)context;
    const struct image_product product = vendor_product();
    struct image_unit unit = vendor_unit();
    struct image_vendor_value values[3] = {supplied[0], supplied[1], supplied[1]};
    unit.vendor_values = values;
    unit.vendor_count = 1;
    assert_refused(&product, &unit, "SUPPLIED_MISSING", "vendor_data.creds.node_id");
    unit.vendor_count = 3;
    assert_refused(&product, &unit, "TOO_MANY", "vendor_data");
    values[2].key = "other";
    assert_refused(&product, &unit, "SUPPLIED_UNKNOWN", "vendor_data.creds.other");
    values[2].key = "mqtt_host"; /* all units share that one */
    assert_refused(&product, &unit, "SUPPLIED_UNKNOWN", "vendor_data.creds.mqtt_host");
    unit.vendor_count = 2;
    values[0].encoding = "i64";
    values[0].text = span_text("-1");
    assert_refused(&product, &unit, "VENDOR_TYPE", "vendor_data.cal.gain");
    values[0].encoding = "u64";
    assert_refused(&product, &unit, "NVS_VALUE_RANGE", "vendor_data.cal.gain");
}

static void a_partition_too_small_is_refused(void **context)
{
    (void)context;
    struct image_product product = sample_product();
    const struct image_unit unit = sample_unit();
    const struct image_vendor_value blob = {
        "app", "blob", "binary", {(const uint8_t *)long_text, 4000}, false, false};
    product.factory_data.size = 0x3000;
    product.vendor_values[0] = blob;
    product.vendor_count = 1;
    memset(long_text, 'x', sizeof(long_text) - 1);
    AUTO(image_set_done) struct image_set set = {0};
    assert_ok(image_set_build(&product, &unit, &set, NULL));
    product.vendor_values[1] = blob;
    product.vendor_values[1].key = "blob2";
    product.vendor_count = 2;
    assert_refused(&product, &unit, "IMAGE_TOO_LARGE", "partitions.factory_data.size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_back),
        cmocka_unit_test(products_are_refused),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(supplied_values_must_fit_the_product),
        cmocka_unit_test(a_partition_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "lib/image/sdkconfig.h"
#include "tests/support/test.h"

static void reads_every_kind(void **state)
{
    (void)state;
    static const char text[] = "#\n# Automatically generated file. DO NOT EDIT.\n#\r\n"
                               "CONFIG_IDF_TARGET=\"esp32c6\"\r\n"
                               "CONFIG_NVS_ENCRYPTION=y\n"
                               "\n"
                               "# CONFIG_ENABLE_ROTATING_DEVICE_ID is not set\n"
                               "CONFIG_ENABLE_TEST_SETUP_PARAMS=n\n"
                               "CONFIG_DEVICE_VENDOR_ID=0xFFF1\n"
                               "CONFIG_DEVICE_PRODUCT_ID=32769\n"
                               "CONFIG_PARTITION_TABLE_FILENAME=\"a \\\"b\\\" \\\\ c.csv\"\n"
                               "CONFIG_SOMETHING_ELSE=-12\n"
                               "CONFIG_NVS_SEC_HMAC_EFUSE_KEY_ID=-1\n"
                               "CONFIG_SOMETHING_LONGER=\"x\n"
                               "CONFIG_CHIP_FACTORY_NAMESPACE_PARTITION_LABEL=\"\"";
    struct image_sdkconfig config;
    assert_ok(image_sdkconfig_read("sdkconfig", span_text(text), &config, NULL));
    const struct image_sdkconfig_value *values = config.values;
    assert_string_equal(values[IMAGE_SDKCONFIG_TARGET].text, "esp32c6");
    assert_int_equal(values[IMAGE_SDKCONFIG_TARGET].line, 4);
    assert_true(values[IMAGE_SDKCONFIG_NVS_ENCRYPTION].is_set);
    assert_false(values[IMAGE_SDKCONFIG_ROTATING_ID].is_set);
    assert_int_equal(values[IMAGE_SDKCONFIG_ROTATING_ID].line, 7);
    assert_false(values[IMAGE_SDKCONFIG_TEST_SETUP].is_set);
    assert_int_equal(values[IMAGE_SDKCONFIG_VENDOR_ID].number, 0xfff1);
    assert_int_equal(values[IMAGE_SDKCONFIG_PRODUCT_ID].number, 32769);
    assert_string_equal(values[IMAGE_SDKCONFIG_TABLE_FILE].text, "a \"b\" \\ c.csv");
    assert_true(values[IMAGE_SDKCONFIG_FACTORY_LABEL].is_set);
    assert_string_equal(values[IMAGE_SDKCONFIG_FACTORY_LABEL].text, "");
    assert_int_equal(values[IMAGE_SDKCONFIG_NVS_HMAC_BLOCK].line, 13);
    assert_false(values[IMAGE_SDKCONFIG_NVS_HMAC_BLOCK].is_set);
    assert_int_equal(values[IMAGE_SDKCONFIG_FACTORY_DATA].line, 0);
    assert_false(values[IMAGE_SDKCONFIG_FACTORY_DATA].is_set);
}

static void the_last_value_counts(void **state)
{
    (void)state;
    struct image_sdkconfig config;
    assert_ok(image_sdkconfig_read("sdkconfig",
                                   span_text("CONFIG_NVS_ENCRYPTION=y\n"
                                             "# CONFIG_NVS_ENCRYPTION is not set\n"
                                             "# CONFIG_NVS_ENCRYPTION is not set here\n"),
                                   &config, NULL));
    assert_false(config.values[IMAGE_SDKCONFIG_NVS_ENCRYPTION].is_set);
    assert_int_equal(config.values[IMAGE_SDKCONFIG_NVS_ENCRYPTION].line, 2);
    assert_string_equal(image_sdkconfig_name(IMAGE_SDKCONFIG_NVS_ENCRYPTION),
                        "CONFIG_NVS_ENCRYPTION");
}

struct bad {
    const char *text;
    const char *field;
    const char *words;
};

static void refuses(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"\nNVS_ENCRYPTION=y\n", "sdkconfig:2", "not a line of an sdkconfig"},
        {"CONFIG_NVS_ENCRYPTION\n", "sdkconfig:1", "not a line of an sdkconfig"},
        {"CONFIG_NVS_ENCRYPTION = y\n", "sdkconfig:1", "not a line of an sdkconfig"},
        {"  CONFIG_NVS_ENCRYPTION=y\n", "sdkconfig:1", "not a line of an sdkconfig"},
        {"CONFIG_NVS_ENCRYPTION=yes\n", "sdkconfig:1", "y or n"},
        {"CONFIG_NVS_ENCRYPTION=\n", "sdkconfig:1", "y or n"},
        {"CONFIG_IDF_TARGET=esp32\n", "sdkconfig:1", "stands in quotes"},
        {"CONFIG_IDF_TARGET=\"esp32\n", "sdkconfig:1", "end with its quote"},
        {"CONFIG_IDF_TARGET=\"\n", "sdkconfig:1", "end with its quote"},
        {"CONFIG_IDF_TARGET=\"a\"b\"\n", "sdkconfig:1", "no backslash before it"},
        {"CONFIG_IDF_TARGET=\"a\\\"\n", "sdkconfig:1", "no backslash before it"},
        {"CONFIG_DEVICE_VENDOR_ID=\"1\"\n", "sdkconfig:1", "not a decimal"},
        {"CONFIG_DEVICE_VENDOR_ID=12z\n", "sdkconfig:1", "not a decimal"},
        {"CONFIG_DEVICE_VENDOR_ID=0x\n", "sdkconfig:1", "not a decimal"},
        {"CONFIG_DEVICE_VENDOR_ID=4294967296\n", "sdkconfig:1", "not a decimal"},
        {"CONFIG_DEVICE_VENDOR_ID=-1\n", "sdkconfig:1", "not a decimal"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct image_sdkconfig config;
        struct problem problem = {0};
        assert_int_equal(
            image_sdkconfig_read("sdkconfig", span_text(cases[i].text), &config, &problem),
            STATUS_MALFORMED);
        assert_string_equal(problem.field, cases[i].field);
        if (strstr(problem.message, cases[i].words) == NULL) {
            fail_msg("case %zu: '%s' is not in: %s", i, cases[i].words, problem.message);
        }
    }
}

static void limits(void **state)
{
    (void)state;
    struct buf text;
    struct image_sdkconfig config;
    buf_init(&text, 2 * IMAGE_SDKCONFIG_FILE_MAX);
    buf_append_text(&text, "CONFIG_IDF_TARGET=\"");
    buf_append_fill(&text, 'x', IMAGE_SDKCONFIG_TEXT_MAX);
    size_t size = text.size;
    buf_append_text(&text, "\"\n");
    assert_ok(image_sdkconfig_read("sdkconfig", buf_span(&text), &config, NULL));
    text.size = size;
    buf_append_text(&text, "x\"\n");
    assert_int_equal(image_sdkconfig_read("sdkconfig", buf_span(&text), &config, NULL),
                     STATUS_MALFORMED);
    text.size = 0;
    buf_append_fill(&text, '\n', IMAGE_SDKCONFIG_FILE_MAX);
    assert_ok(image_sdkconfig_read("sdkconfig", buf_span(&text), &config, NULL));
    buf_append_byte(&text, '\n');
    assert_int_equal(image_sdkconfig_read("sdkconfig", buf_span(&text), &config, NULL),
                     STATUS_TOO_LARGE);
    static const char nul[] = "CONFIG_IDF_TARGET=\"a\0b\"";
    assert_int_equal(
        image_sdkconfig_read("sdkconfig", span_make(nul, sizeof(nul) - 1), &config, NULL),
        STATUS_MALFORMED);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

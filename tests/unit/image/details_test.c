/* What a product may tell about itself: every key with its type and text, and every refusal. */
#include <stdio.h>

#include "lib/image/factory_data.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

static const char text_256[] = "https://example.com/lamps/a19/0123456789012345678901234567890123"
                               "0123456789012345678901234567890123456789012345678901234567890123"
                               "0123456789012345678901234567890123456789012345678901234567890123"
                               "0123456789012345678901234567890123456789012345678901234567890123";

static struct image_product detailed_product(void)
{
    struct image_product product = sample_product();
    product.factory_data.size = 0x9000;
    product.details = (struct image_details){
        .part_number = "A19-C-0102",
        .product_label = "Änderbar",
        .product_url = text_256,
        .product_finish = {true, 0},
        .product_color = {true, 20},
        .location_capability = {true, 2},
        .device_type = {true, 0x010D},
        .calendar_types = 0x0030,
        .locales = {"en-GB", "de"},
        .locale_count = 2,
        .fixed_labels = {{0, "room", "hall"}, {0x1a, "floor", "2"}, {0, "orientation", "up"}},
        .fixed_label_count = 3,
        .supported_modes = {{1, "Cold", 0, {{0xFFF1, 8000}, {0, 16384}}, 2},
                            {0xfff, "Warm", 255, {{0, 0}}, 0},
                            {1, "Hot", 7, {{0, 0}}, 0}},
        .supported_mode_count = 3,
    };
    return product;
}

/* NULL text: an integer. */
static const struct {
    const char *key;
    const char *text;
    uint32_t integer;
} wanted[] = {
    {"part-number", "A19-C-0102", 0},
    {"product-label", "Änderbar", 0},
    {"product-url", text_256, 0},
    {"product-finish", NULL, 0},
    {"product-color", NULL, 20},
    {"device-type", NULL, 0x010D},
    {"loc-capability", NULL, 2},
    {"cal-types", NULL, 0x30},
    {"locale-sz", NULL, 2},
    {"locale/0", "en-GB", 0},
    {"locale/1", "de", 0},
    {"fl-k/0/0", "room", 0},
    {"fl-v/0/0", "hall", 0},
    {"fl-k/0/1", "orientation", 0},
    {"fl-v/0/1", "up", 0},
    {"fl-sz/0", NULL, 2},
    {"fl-k/1a/0", "floor", 0},
    {"fl-v/1a/0", "2", 0},
    {"fl-sz/1a", NULL, 1},
    {"sm-label/1/0", "Cold", 0},
    {"sm-mode/1/0", NULL, 0},
    {"sm-st-sz/1/0", NULL, 2},
    {"st-v/1/0/0", NULL, 8000},
    {"st-mfg/1/0/0", NULL, 0xFFF1},
    {"st-v/1/0/1", NULL, 16384},
    {"st-mfg/1/0/1", NULL, 0},
    {"sm-label/1/1", "Hot", 0},
    {"sm-mode/1/1", NULL, 7},
    {"sm-st-sz/1/1", NULL, 0},
    {"sm-sz/1", NULL, 2},
    {"sm-label/fff/0", "Warm", 0},
    {"sm-mode/fff/0", NULL, 255},
    {"sm-st-sz/fff/0", NULL, 0},
    {"sm-sz/fff", NULL, 1},
};
enum { WANTED_COUNT = sizeof(wanted) / sizeof(wanted[0]), KEYS_OF_THE_SAMPLE = 17 };

static void every_key_with_its_type(void **context)
{
    (void)context;
    const struct image_product product = detailed_product();
    const struct image_unit unit = sample_unit();
    struct problem problem = {0};
    AUTO(image_set_done) struct image_set set = {0};
    if (image_set_build(&product, &unit, &set, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(buf_span(&set.files[0].content), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), KEYS_OF_THE_SAMPLE + WANTED_COUNT);
    for (size_t i = 0; i < WANTED_COUNT; i++) {
        const struct nvs_item *item =
            nvs_reader_item(reader, KEYS_OF_THE_SAMPLE + i); /* in this order */
        assert_string_equal(item->key, wanted[i].key);
        assert_int_equal(item->type, wanted[i].text != NULL ? NVS_STRING : NVS_U32);
        if (wanted[i].text != NULL) {
            assert_span_equal(item->bytes, span_text(wanted[i].text));
        } else {
            assert_int_equal(item->integer, wanted[i].integer);
        }
    }
}

static void refused(const struct image_product *product, const char *field)
{
    struct problem problem = {0};
    assert_int_equal(image_product_check(product, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, field);
    assert_true(problem.reason[0] != '\0' && problem.message[0] != '\0');
}

#define REFUSED(field, change)                                                                     \
    do {                                                                                           \
        struct image_product product = detailed_product();                                         \
        struct image_details *details = &product.details;                                          \
        change;                                                                                    \
        refused(&product, field);                                                                  \
    } while (0)

static void refuses_values(void **context)
{
    (void)context;
    REFUSED("part_number", details->part_number = "33 bytes 33 bytes 33 bytes 33 byt");
    REFUSED("part_number", details->part_number = "");
    REFUSED("product_label",
            details->product_label =
                "65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65");
    REFUSED("product_label", details->product_label = "a\tb");
    char longer[sizeof(text_256) + 1];
    (void)snprintf(longer, sizeof(longer), "%s+", text_256);
    REFUSED("product_url", details->product_url = longer);
    REFUSED("product_url", details->product_url = "example.com");
    REFUSED("product_url", details->product_url = "ftp://example.com");
    REFUSED("product_url", details->product_url = "https://");
    REFUSED("product_url", details->product_url = "https:///lamp");
    REFUSED("product_url", details->product_url = "https://example.com/a b");
    REFUSED("product_url", details->product_url = "https://example.com/\xc3\xa4");
    REFUSED("product_url", details->product_url = "https://example.com/<a>");
    REFUSED("product_finish", details->product_finish.value = 6);
    REFUSED("product_primary_color", details->product_color.value = 21);
    REFUSED("location_capability", details->location_capability.value = 3);
    REFUSED("localization.calendar_types", details->calendar_types = 0x1000);
    REFUSED("localization.locales", details->locale_count = IMAGE_LOCALES_MAX + 1);
    REFUSED("localization.locales[1]", details->locales[1] = "");
    REFUSED("localization.locales[1]", details->locales[1] = "en_GB");
    REFUSED("localization.locales[0]", details->locales[0] = "-en");
    REFUSED("localization.locales[1]", details->locales[1] = "EN-gb");
    REFUSED("localization.locales[0]",
            details->locales[0] = "36-bytes-36-bytes-36-bytes-36-bytes3");
}

static void refuses_labels_and_modes(void **context)
{
    (void)context;
    REFUSED("fixed_labels", details->fixed_label_count = IMAGE_FIXED_LABELS_MAX + 1);
    REFUSED("fixed_labels[1].endpoint", details->fixed_labels[1].endpoint = 0xffff);
    REFUSED("fixed_labels[1].label", details->fixed_labels[1].label = "sixteen bytes 16");
    REFUSED("fixed_labels[2].value", details->fixed_labels[2].value = "sixteen bytes 16");
    REFUSED("fixed_labels[2].value", details->fixed_labels[2].value = "");
    REFUSED("fixed_labels[2]", details->fixed_labels[2] = details->fixed_labels[0]);
    REFUSED("supported_modes", details->supported_mode_count = IMAGE_SUPPORTED_MODES_MAX + 1);
    REFUSED("supported_modes[0].endpoint", details->supported_modes[0].endpoint = 0xffff);
    REFUSED("supported_modes[0].label", details->supported_modes[0].label = "");
    REFUSED("supported_modes[0].label",
            details->supported_modes[0].label =
                "65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65 bytes 65");
    REFUSED("supported_modes[0].tags",
            details->supported_modes[0].tag_count = IMAGE_MODE_TAGS_MAX + 1);
    REFUSED("supported_modes[2].mode", details->supported_modes[2].mode = 0);
    /* sm-label/1000/0 has 15 characters: the firmware would look for sm-label/1000/ */
    REFUSED("supported_modes[1].endpoint", details->supported_modes[1].endpoint = 0x1000);
}

/* 16 modes on one endpoint of three digits fit, the 17th's key is one character too long. */
static void keys_end_at_14_characters(void **context)
{
    (void)context;
    struct image_product product = detailed_product();
    struct image_details *details = &product.details;
    for (uint8_t i = 0; i < 17; i++) {
        details->supported_modes[i] =
            (struct image_supported_mode){.endpoint = 0xabc, .label = "m", .mode = i};
    }
    details->supported_mode_count = 16;
    assert_ok(image_product_check(&product, NULL));
    details->supported_mode_count = 17;
    refused(&product, "supported_modes[16].endpoint");
}

/* The most of everything fits the list of values. */
static void the_most_of_everything(void **context)
{
    (void)context;
    struct image_product product = detailed_product();
    const struct image_unit unit = sample_unit();
    struct image_details *details = &product.details;
    char locales[32][36];
    for (uint8_t i = 0; i < 32; i++) {
        (void)snprintf(locales[i], sizeof(locales[i]), "x-35-bytes-of-a-locale-35-bytes-o%02u",
                       (unsigned)i);
        details->locales[i] = locales[i];
        details->fixed_labels[i] =
            (struct image_fixed_label){i, "fifteen bytes 1", "fifteen bytes 2"};
        details->supported_modes[i] = (struct image_supported_mode){
            .endpoint = i, .label = "mode", .mode = i, .tag_count = IMAGE_MODE_TAGS_MAX};
    }
    details->locale_count = IMAGE_LOCALES_MAX;
    details->fixed_label_count = IMAGE_FIXED_LABELS_MAX;
    details->supported_mode_count = IMAGE_SUPPORTED_MODES_MAX;
    product.factory_data.size = 0x20000;
    AUTO(image_set_done) struct image_set set = {0};
    struct problem problem = {0};
    if (image_set_build(&product, &unit, &set, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    AUTO(image_set_done) struct image_set small = {0};
    product.factory_data.size = 0x6000;
    assert_int_equal(image_set_build(&product, &unit, &small, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.field, "partitions.factory_data.size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_with_its_type),  cmocka_unit_test(refuses_values),
        cmocka_unit_test(refuses_labels_and_modes), cmocka_unit_test(keys_end_at_14_characters),
        cmocka_unit_test(the_most_of_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

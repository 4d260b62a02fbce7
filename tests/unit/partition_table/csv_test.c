/* Partition tables as CSV: the layouts that Matter firmware for ESP32 has, and every refusal. */
#include "lib/image/partition_table.h"
#include "tests/support/test.h"

struct expected {
    const char *label;
    uint8_t type, subtype;
    uint32_t offset, size;
    bool encrypted, readonly;
    unsigned line;
};

static void read_table(const char *text, uint32_t table_offset, struct image_partition_table *table)
{
    struct problem problem = {0};
    if (image_partition_table_read("t.csv", span_text(text), table_offset, table, &problem) !=
        STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
}

static void expect_table(const char *text, uint32_t table_offset, const struct expected *expected,
                         size_t count)
{
    struct image_partition_table table;
    read_table(text, table_offset, &table);
    assert_int_equal(table.count, count);
    assert_false(table.has_md5);
    for (size_t i = 0; i < count; i++) {
        const struct image_partition_entry *entry = &table.entries[i];
        assert_string_equal(entry->label, expected[i].label);
        assert_int_equal(entry->type, expected[i].type);
        assert_int_equal(entry->subtype, expected[i].subtype);
        assert_int_equal(entry->offset, expected[i].offset);
        assert_int_equal(entry->size, expected[i].size);
        assert_int_equal(entry->encrypted, expected[i].encrypted);
        assert_int_equal(entry->readonly, expected[i].readonly);
        if (expected[i].line != 0) {
            assert_int_equal(entry->line, expected[i].line);
        }
    }
}
#define EXPECT_TABLE(text, table_offset, expected)                                                 \
    expect_table(text, table_offset, expected, sizeof(expected) / sizeof(*(expected)))

/* The light of esp-matter: table at 0xC000, every offset given. */
static void esp_matter_light(void **state)
{
    (void)state;
    static const char text[] = "# Name, Type, SubType, Offset, Size, Flags\r\n"
                               "esp_secure_cert, 0x3F, , 0xd000, 0x2000, encrypted\r\n"
                               "nvs, data, nvs, 0x10000, 0xC000,\r\n"
                               "\r\n"
                               "nvs_keys, data, nvs_keys, , 0x1000, encrypted\r\n"
                               "otadata, data, ota, , 0x2000\r\n"
                               "phy_init, data, phy, , 0x1000,\r\n"
                               "ota_0, app, ota_0, 0x20000, 0x1E0000,\r\n"
                               "ota_1, app, ota_1, 0x200000, 0x1E0000,\r\n"
                               "fctry, data, nvs, 0x3E0000, 0x6000";
    static const struct expected expected[] = {
        {"esp_secure_cert", 0x3f, 6, 0xd000, 0x2000, true, false, 2},
        {"nvs", 1, 2, 0x10000, 0xc000, false, false, 3},
        {"nvs_keys", 1, 4, 0x1c000, 0x1000, true, false, 5},
        {"otadata", 1, 0, 0x1d000, 0x2000, false, false, 6},
        {"phy_init", 1, 1, 0x1f000, 0x1000, false, false, 7},
        {"ota_0", 0, 0x10, 0x20000, 0x1e0000, false, false, 8},
        {"ota_1", 0, 0x11, 0x200000, 0x1e0000, false, false, 9},
        {"fctry", 1, 2, 0x3e0000, 0x6000, false, false, 10},
    };
    EXPECT_TABLE(text, 0xc000, expected);
}

/* The same light before it grew: a smaller nvs. */
static void esp_matter_light_older(void **state)
{
    (void)state;
    static const char text[] = "esp_secure_cert,0x3F,,0xd000,0x2000,\n"
                               "nvs,data,nvs,0x10000,0x6000,\n"
                               "otadata,data,ota,0x16000,0x2000\n"
                               "phy_init,data,phy,0x18000,0x1000,\n"
                               "ota_0,app,ota_0,0x20000,0x1E0000,\n"
                               "ota_1,app,ota_1,0x200000,0x1E0000,\n"
                               "fctry,data,nvs,0x3E0000,0x6000\n";
    struct image_partition_table table;
    read_table(text, 0xc000, &table);
    assert_int_equal(table.count, 7);
    assert_int_equal(image_partition_table_find(&table, "fctry")->offset, 0x3e0000);
}

/* The SDK's lighting app: factory data shares nvs. */
static void sdk_default(void **state)
{
    (void)state;
    static const char text[] = "nvs,      data, nvs,     0x9000,  0x6000,\n"
                               "otadata,  data, ota,     ,        0x2000,\n"
                               "phy_init, data, phy,     ,        0x1000,\n"
                               "ota_0,    app,  ota_0,   ,        1500K,\n"
                               "ota_1,    app,  ota_1,   ,        1500K,\n";
    static const struct expected expected[] = {
        {"nvs", 1, 2, 0x9000, 0x6000, false, false, 1},
        {"otadata", 1, 0, 0xf000, 0x2000, false, false, 2},
        {"phy_init", 1, 1, 0x11000, 0x1000, false, false, 3},
        {"ota_0", 0, 0x10, 0x20000, 0x177000, false, false, 4},
        {"ota_1", 0, 0x11, 0x1a0000, 0x177000, false, false, 5},
    };
    EXPECT_TABLE(text, 0x8000, expected);
}

/* The SDK's table for encrypted NVS. */
static void sdk_encrypted(void **state)
{
    (void)state;
    static const char text[] = "nvs,data,nvs,,0x6000,\n"
                               "otadata,data,ota,,0x2000,\n"
                               "phy_init,data,phy,,0x1000,\n"
                               "ota_0,app,ota_0,,1500K,\n"
                               "ota_1,app,ota_1,,1500K,\n"
                               "nvs_key,data,nvs_keys,,0x1000,encrypted\n";
    struct image_partition_table table;
    read_table(text, 0x8000, &table);
    const struct image_partition_entry *keys =
        image_partition_table_first(&table, IMAGE_PARTITION_DATA, IMAGE_PARTITION_DATA_NVS_KEYS);
    assert_string_equal(keys->label, "nvs_key");
    assert_int_equal(keys->offset, 0x317000);
    assert_true(keys->encrypted);
}

/* ESP32-H2: nvs at 0xC000, the factory data behind the apps wherever that is. */
static void h2_with_offsets_left_out(void **state)
{
    (void)state;
    static const char text[] = "nvs,data,nvs,0xC000,0x6000,\n"
                               "ota_0,app,ota_0,0x20000,0x1E0000,\n"
                               "ota_1,app,ota_1,,0x1E0000,\n"
                               "fctry,data,nvs,,0x6000,\n";
    struct image_partition_table table;
    read_table(text, 0xb000, &table);
    assert_int_equal(image_partition_table_find(&table, "fctry")->offset, 0x3e0000);
}

static void with_tee(void **state)
{
    (void)state;
    static const char text[] = "tee_0,app,tee_0,,192K,\n"
                               "tee_1,app,tee_1,,192K,\n"
                               "tee_otadata,data,tee_ota,,0x2000,\n"
                               "secure_storage,data,nvs,,0x10000,\n"
                               "fctry,data,nvs,,0x6000,\n";
    static const struct expected expected[] = {
        {"tee_0", 0, 0x30, 0x10000, 0x30000, false, false, 1},
        {"tee_1", 0, 0x31, 0x40000, 0x30000, false, false, 2},
        {"tee_otadata", 1, 0x90, 0x70000, 0x2000, false, false, 3},
        {"secure_storage", 1, 2, 0x72000, 0x10000, false, false, 4},
        {"fctry", 1, 2, 0x82000, 0x6000, false, false, 5},
    };
    EXPECT_TABLE(text, 0x8000, expected);
}

/* ESP-IDF's own templates with NVS encryption. */
static void idf_templates(void **state)
{
    (void)state;
    struct image_partition_table table;
    read_table("nvs,data,nvs,,0x6000,\nphy_init,data,phy,,0x1000,\nfactory,app,factory,,1M,\n"
               "nvs_key,data,nvs_keys,,0x1000,encrypted,\n",
               0x8000, &table);
    assert_int_equal(image_partition_table_find(&table, "nvs_key")->offset, 0x110000);
    read_table("nvs,data,nvs,,0x4000,\notadata,data,ota,,0x2000,\nphy_init,data,phy,,0x1000,\n"
               "factory,app,factory,,1M,\nota_0,app,ota_0,,1M,\nota_1,app,ota_1,,1M,\n"
               "nvs_key,data,nvs_keys,,0x1000,encrypted,\n",
               0x8000, &table);
    assert_int_equal(image_partition_table_find(&table, "nvs_key")->offset, 0x310000);
}

static void spellings(void **state)
{
    (void)state;
    static const char text[] = "  # a comment\n"
                               "boot,bootloader,primary,0x2000,0x6000,\n"
                               "a, DATA , NVS , 36864 , 24k , Encrypted:READONLY \n"
                               "b,64,0xfe,,0x1000, readonly\n"
                               "c,data,,,-0x14000,:\n"
                               "z,app,OTA_15,0x20000,0X10000\n";
    static const struct expected expected[] = {
        {"boot", 2, 0, 0x2000, 0x6000, false, false, 2},
        {"a", 1, 2, 0x9000, 0x6000, true, true, 3},
        {"b", 64, 0xfe, 0xf000, 0x1000, false, true, 4},
        {"c", 1, 6, 0x10000, 0x4000, false, false, 5},
        {"z", 0, 0x1f, 0x20000, 0x10000, false, false, 6},
    };
    EXPECT_TABLE(text, 0x8000, expected);
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
        {"", "t.csv", "names no partition"},
        {"# nothing\n", "t.csv", "names no partition"},
        {"\n\nseventeen_bytes__,data,nvs,,0x6000\n", "t.csv:3", "at most 16 bytes"},
        {"nvs,,nvs,,0x6000\n", "t.csv:1", "type is app, data or a number"},
        {"nvs,255,nvs,,0x6000\n", "t.csv:1", "type is app, data or a number"},
        {"nvs,dataa,nvs,,0x6000\n", "t.csv:1", "'dataa'"},
        {"nvs,data,ota_0,,0x6000\n", "t.csv:1", "not a subtype of this type"},
        {"a,app,,,0x10000\n", "t.csv:1", "not a subtype of this type"},
        {"a,app,ota_16,,0x10000\n", "t.csv:1", "'ota_16'"},
        {"a,0x40,nvs,,0x10000\n", "t.csv:1", "give the binary table"},
        {"nvs,data,nvs,,\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,24KB\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,010000\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,0x\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,4096M\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,K\n", "t.csv:1", "a size is decimal"},
        {"nvs,data,nvs,,-0x9000\n", "t.csv:1", "address where the partition ends"},
        {"nvs,data,nvs,0x9000,0xffffffff\n", "t.csv:1", "beyond all flash"},
        {"nvs,data,nvs,9g,0x6000\n", "t.csv:1", "an offset is decimal"},
        {"nvs,data,nvs,0x8000,0x6000\n", "t.csv:1", "begins before the one above"},
        {"nvs,data,nvs,,0x6000\na,data,nvs,0xa000,0x6000\n", "t.csv:2", "begins before"},
        {"nvs,data,nvs,,0x6000,secret\n", "t.csv:1", "a flag is encrypted or readonly"},
        {"nvs,data,nvs,,0x6000,,more\n", "t.csv:1", "six fields"},
        {"nvs,data,nvs,,0x6000\nnvs,data,nvs,,0x6000\n", "t.csv:2", "label \"nvs\""},
        {"nvs,data,nvs,0x9100,0x6000\n", "t.csv:1", "no multiple of 0x1000"},
        {"a,app,factory,0x11000,0x10000\n", "t.csv:1", "no multiple of 0x10000"},
        {"nvs,data,nvs,,0x2000\n", "t.csv:1", "it needs 0x3000"},
        {"n\tv,data,nvs,,0x6000\n", "t.csv:1", "printable ASCII"},
        {"a,data,fat,0xffff0000,0xf000\nb,app,test,,0x1000\n", "t.csv:2", "no room is left"},
        {"b,bootloader,primary,,0x6000\n", "t.csv:1", "an offset is decimal"},
        {"$LABEL\n", "t.csv:1", "type is app"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct image_partition_table table;
        struct problem problem = {0};
        status_t status =
            image_partition_table_read("t.csv", span_text(cases[i].text), 0x8000, &table, &problem);
        if (status == STATUS_OK || strstr(problem.message, cases[i].words) == NULL) {
            fail_msg("case %zu: '%s' is not in: %s", i, cases[i].words, problem.message);
        }
        assert_string_equal(problem.field, cases[i].field);
    }
}

static void limits(void **state)
{
    (void)state;
    struct buf text;
    struct image_partition_table table;
    struct problem problem = {0};
    buf_init(&text, 2 * IMAGE_PARTITION_TABLE_FILE_MAX);
    for (unsigned i = 0; i < IMAGE_PARTITION_TABLE_ENTRIES_MAX; i++) {
        buf_print(&text, "p%u,0x40,0,,4K\n", i);
    }
    assert_ok(image_partition_table_read("t.csv", buf_span(&text), 0x8000, &table, &problem));
    assert_int_equal(table.count, IMAGE_PARTITION_TABLE_ENTRIES_MAX);
    buf_append_text(&text, "last,0x40,0,,4K\n");
    assert_int_equal(image_partition_table_read("t.csv", buf_span(&text), 0x8000, &table, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.field, "t.csv:96");
    buf_append_fill(&text, '#', IMAGE_PARTITION_TABLE_FILE_MAX);
    assert_int_equal(image_partition_table_read("t.csv", buf_span(&text), 0x8000, &table, &problem),
                     STATUS_TOO_LARGE);
    static const uint8_t nul[] = {'a', 0, 'b', ',', '1', ',', '2', ',', ',', '4', 'K'};
    assert_int_equal(image_partition_table_read("t.csv", SPAN_OF(nul), 0x8000, &table, &problem),
                     STATUS_INVALID);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp_matter_light),
        cmocka_unit_test(esp_matter_light_older),
        cmocka_unit_test(sdk_default),
        cmocka_unit_test(sdk_encrypted),
        cmocka_unit_test(h2_with_offsets_left_out),
        cmocka_unit_test(with_tee),
        cmocka_unit_test(idf_templates),
        cmocka_unit_test(spellings),
        cmocka_unit_test(refuses),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

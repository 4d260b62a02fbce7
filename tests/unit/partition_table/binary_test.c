/* Binary partition tables, their bytes made here row by row. */
#include "lib/base/digest.h"
#include "lib/image/partition_table.h"
#include "tests/support/test.h"

static void row(struct buf *table, uint8_t type, uint8_t subtype, uint32_t offset, uint32_t size,
                const char *label, uint32_t flags)
{
    size_t length = strlen(label);
    buf_append_le16(table, 0x50aa);
    buf_append_byte(table, type);
    buf_append_byte(table, subtype);
    buf_append_le32(table, offset);
    buf_append_le32(table, size);
    buf_append(table, label, length);
    buf_append_fill(table, 0, 16 - length);
    buf_append_le32(table, flags);
}

static void md5_row(struct buf *table)
{
    uint8_t md5[MD5_SIZE];
    digest_md5(buf_span(table), md5);
    buf_append_le16(table, 0xebeb);
    buf_append_fill(table, 0xff, 14);
    buf_append(table, md5, sizeof(md5));
}

static void pad(struct buf *table)
{
    buf_append_fill(table, 0xff, 0xc00 - table->size);
    assert_ok(buf_status(table));
}

static struct buf begin(void)
{
    struct buf table;
    buf_init(&table, 0x2000);
    return table;
}

static void expect_refused(struct buf *content, uint32_t table_offset, const char *words)
{
    struct image_partition_table table = {.count = 77};
    struct problem problem = {0};
    status_t status =
        image_partition_table_read("t.bin", buf_span(content), table_offset, &table, &problem);
    assert_int_not_equal(status, STATUS_OK);
    assert_int_equal(problem.status, status);
    assert_string_equal(problem.field, "t.bin");
    if (strstr(problem.message, words) == NULL) {
        fail_msg("'%s' is not in: %s", words, problem.message);
    }
    assert_int_equal(table.count, 77); /* written only on success */
    buf_done(content);
}

/* esp-matter's light: the table itself at 0xC000. */
static void reads_every_field(void **state)
{
    (void)state;
    struct buf content = begin();
    row(&content, 0x3f, 6, 0xd000, 0x2000, "esp_secure_cert", 1);
    row(&content, 1, 2, 0x10000, 0xc000, "nvs", 0);
    row(&content, 1, 4, 0x1c000, 0x1000, "nvs_keys", 1);
    row(&content, 0, 0x10, 0x20000, 0x1e0000, "ota_0", 0);
    row(&content, 1, 2, 0x3e0000, 0x6000, "fctry", 2);
    md5_row(&content);
    pad(&content);
    struct image_partition_table table;
    assert_ok(image_partition_table_read("t.bin", buf_span(&content), 0xc000, &table, NULL));
    assert_int_equal(table.count, 5);
    assert_true(table.has_md5);
    const struct image_partition_entry *keys = image_partition_table_find(&table, "nvs_keys");
    assert_non_null(keys);
    assert_int_equal(keys->type, IMAGE_PARTITION_DATA);
    assert_int_equal(keys->subtype, IMAGE_PARTITION_DATA_NVS_KEYS);
    assert_int_equal(keys->offset, 0x1c000);
    assert_int_equal(keys->size, 0x1000);
    assert_true(keys->encrypted);
    assert_false(keys->readonly);
    assert_int_equal(keys->line, 0);
    assert_true(image_partition_table_find(&table, "fctry")->readonly);
    assert_string_equal(
        image_partition_table_first(&table, IMAGE_PARTITION_DATA, IMAGE_PARTITION_DATA_NVS)->label,
        "nvs");
    assert_null(image_partition_table_find(&table, "factory"));
    assert_null(image_partition_table_first(&table, IMAGE_PARTITION_DATA, 0x81));
    buf_done(&content);
}

static void label_of_sixteen_bytes(void **state)
{
    (void)state;
    struct buf content = begin();
    row(&content, 1, 2, 0x9000, 0x6000, "sixteen_bytes_16", 0);
    pad(&content);
    struct image_partition_table table;
    assert_ok(image_partition_table_read("t.bin", buf_span(&content), 0x8000, &table, NULL));
    assert_false(table.has_md5);
    assert_non_null(image_partition_table_find(&table, "sixteen_bytes_16"));
    buf_done(&content);
}

static void as_many_as_fit(void **state)
{
    (void)state;
    struct buf content = begin();
    for (uint32_t i = 0; i < 94; i++) {
        char label[16];
        (void)snprintf(label, sizeof(label), "p%u", i);
        row(&content, 0x40, 0, 0x9000 + i * 0x1000, 0x1000, label, 0);
    }
    md5_row(&content);
    pad(&content);
    struct image_partition_table table;
    assert_ok(image_partition_table_read("t.bin", buf_span(&content), 0x8000, &table, NULL));
    assert_int_equal(table.count, 94);
    memset(content.data + 95 * 32, 0, 32); /* the end row */
    expect_refused(&content, 0x8000, "a row follows the MD5");
}

/* Behind the end row of a signed table lies its signature. */
static void what_follows_the_end_is_not_read(void **state)
{
    (void)state;
    struct buf content = begin();
    row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
    md5_row(&content);
    pad(&content);
    buf_append_fill(&content, 0x5a, 68);
    struct image_partition_table table;
    assert_ok(image_partition_table_read("t.bin", buf_span(&content), 0x8000, &table, NULL));
    assert_int_equal(table.count, 1);
    buf_done(&content);
}

static void damage_is_found(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < (size_t)2 * 32 * 8; bit++) {
        struct buf content = begin();
        struct image_partition_table table;
        row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
        row(&content, 1, 2, 0xf000, 0x6000, "fctry", 0);
        md5_row(&content);
        pad(&content);
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(
            image_partition_table_read("t.bin", buf_span(&content), 0x8000, &table, NULL),
            STATUS_OK);
        buf_done(&content);
    }
}

static void refuses_what_is_no_table(void **state)
{
    (void)state;
    struct buf content = begin();
    row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
    md5_row(&content);
    content.data[content.size - 1] ^= 1;
    pad(&content);
    expect_refused(&content, 0x8000, "MD5 checksum is wrong");

    content = begin();
    row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
    expect_refused(&content, 0x8000, "no end row");

    content = begin();
    row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
    md5_row(&content);
    row(&content, 1, 2, 0xf000, 0x6000, "late", 0);
    pad(&content);
    expect_refused(&content, 0x8000, "a row follows the MD5");

    content = begin();
    pad(&content);
    expect_refused(&content, 0x8000, "names no partition");

    content = begin();
    buf_append_le16(&content, 0x50aa);
    buf_append_fill(&content, 0, 30);
    buf_append_fill(&content, 0, 32);
    pad(&content);
    expect_refused(&content, 0x8000, "neither a partition nor the end");
}

struct bad {
    uint8_t type, subtype;
    uint32_t offset, size;
    const char *label;
    const char *words;
};

static void refuses_places(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {1, 2, 0x9800, 0x6000, "nvs", "no multiple of 0x1000"},
        {0, 0x10, 0x18000, 0x100000, "ota_0", "no multiple of 0x10000"},
        {0, 0x10, 0x20000, 0x100800, "ota_0", "no multiple of 0x1000"},
        {1, 2, 0x8000, 0x6000, "nvs", "before the end of the partition table at 0x9000"},
        {1, 2, 0x9000, 0, "nvs", "size 0x0"},
        {1, 6, 0xfffff000, 0x2000, "end", "cannot be"},
        {1, 2, 0x9000, 0x2000, "nvs", "it needs 0x3000, or the flag readonly"},
        {1, 2, 0x9000, 0x6000, "n\x01s", "printable ASCII"},
        {1, 2, 0x9000, 0x6000, "n\xc3\xa4", "printable ASCII"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct bad *bad = &cases[i];
        struct buf content = begin();
        row(&content, bad->type, bad->subtype, bad->offset, bad->size, bad->label, 0);
        pad(&content);
        expect_refused(&content, 0x8000, bad->words);
    }
}

static void refuses_two_in_one_place(void **state)
{
    (void)state;
    struct buf content = begin();
    row(&content, 1, 2, 0x10000, 0x6000, "fctry", 0);
    row(&content, 1, 2, 0xb000, 0x6000, "nvs", 0);
    pad(&content);
    expect_refused(&content, 0x8000, "partition nvs at 0xb000 overlaps fctry at 0x10000");
    content = begin();
    row(&content, 1, 2, 0x10000, 0x6000, "nvs", 0);
    row(&content, 1, 2, 0x16000, 0x6000, "nvs", 0);
    pad(&content);
    expect_refused(&content, 0x8000, "two partitions have the label \"nvs\"");
}

static void the_tables_own_place(void **state)
{
    (void)state;
    struct buf content = begin();
    struct image_partition_table table;
    row(&content, 2, 0, 0x2000, 0x6000, "boot", 0);
    row(&content, 3, 0, 0x8000, 0x1000, "table", 0);
    row(&content, 1, 2, 0x9000, 0x6000, "nvs", 0);
    pad(&content);
    assert_ok(image_partition_table_read("t.bin", buf_span(&content), 0x8000, &table, NULL));
    struct problem problem = {0};
    assert_int_equal(
        image_partition_table_read("t.bin", buf_span(&content), 0x8001, &table, &problem),
        STATUS_INVALID);
    assert_string_equal(problem.reason, "PARTITION_TABLE_OFFSET");
    assert_int_equal(
        image_partition_table_read("t.bin", buf_span(&content), 0xfffff000, &table, &problem),
        STATUS_INVALID);
    expect_refused(&content, 0xc000, "before the end of the partition table at 0xd000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),    cmocka_unit_test(label_of_sixteen_bytes),
        cmocka_unit_test(as_many_as_fit),       cmocka_unit_test(what_follows_the_end_is_not_read),
        cmocka_unit_test(damage_is_found),      cmocka_unit_test(refuses_what_is_no_table),
        cmocka_unit_test(refuses_places),       cmocka_unit_test(refuses_two_in_one_place),
        cmocka_unit_test(the_tables_own_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

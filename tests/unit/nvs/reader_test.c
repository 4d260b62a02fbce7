/* Images that the reader must refuse, made by changing a good one and repairing the CRCs that the
 * change is not about. */
#include "lib/base/digest.h"
#include "lib/nvs/format.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"

enum { SIZE = 0x4000, BIG = 5000 };

/* Rows of the image that good_image makes. */
enum {
    ROW_NAMESPACE = 0,
    ROW_U8 = 1,
    ROW_I16 = 2,
    ROW_STRING = 3, /* two rows */
    ROW_CHUNK = 5,  /* the blob "big": a chunk to the end of page 0, the rest on page 1 */
    ROW_CHUNK_1 = 0,
    ROW_INDEX = 38, /* on page 1, behind its chunk */
    ROW_SPACE_2 = 39,
    ROW_FREE = 41,
};

static void good_image(uint8_t ret_image[static SIZE])
{
    static const uint8_t BYTES[BIG] = {1, 2, 3};
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    struct buf image;
    buf_init(&image, SIZE);
    assert_ok(nvs_writer_new(SIZE, NVS_VERSION_2, &writer, NULL));
    assert_ok(nvs_writer_namespace(writer, "one", NULL));
    assert_ok(nvs_writer_integer(writer, "byte", NVS_U8, 200, NULL));
    assert_ok(nvs_writer_integer(writer, "short", NVS_I16, (uint64_t)-2, NULL));
    assert_ok(nvs_writer_string(writer, "text", span_text("hello"), NULL));
    assert_ok(nvs_writer_blob(writer, "big", SPAN_OF(BYTES), NULL));
    assert_ok(nvs_writer_namespace(writer, "two", NULL));
    assert_ok(nvs_writer_integer(writer, "byte", NVS_U8, 7, NULL));
    assert_ok(nvs_writer_finish(writer, &image));
    memcpy(ret_image, image.data, SIZE);
    buf_done(&image);
}

static uint8_t *row_of(uint8_t *image, size_t page, unsigned row)
{
    return image + page * NVS_PAGE_SIZE + nvs_row_offset(row);
}

static void fix_entry(uint8_t *row)
{
    uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(row, NVS_ENTRY_CRC));
    crc = digest_crc(crc, span_make(row + NVS_ENTRY_KEY, NVS_ROW_SIZE - NVS_ENTRY_KEY));
    write_le32(row + NVS_ENTRY_CRC, crc);
}

static void fix_data(uint8_t *row)
{
    struct span data = span_make(row + NVS_ROW_SIZE, read_le16(row + NVS_ENTRY_DATA));
    write_le32(row + NVS_ENTRY_DATA_CRC, digest_crc(DIGEST_CRC_START, data));
    fix_entry(row);
}

static void fix_header(uint8_t *page)
{
    struct span covered = span_make(page + NVS_HEADER_SEQUENCE, 24);
    write_le32(page + NVS_HEADER_CRC, digest_crc(DIGEST_CRC_START, covered));
}

static void set_row_state(uint8_t *page, unsigned row, unsigned state)
{
    uint8_t *byte = &page[NVS_BITMAP_OFFSET + row / 4];
    unsigned shift = 2 * (row % 4);
    *byte = (uint8_t)((*byte & ~(3u << shift)) | state << shift);
}

/* ---- changes ---- */

static void change_state(uint8_t *image)
{
    write_le32(image, 0xFFFFFFF0);
}

static void change_freeing(uint8_t *image)
{
    write_le32(image, NVS_STATE_FREEING);
}

static void change_two_active(uint8_t *image)
{
    write_le32(image, NVS_STATE_ACTIVE);
}

static void change_header(uint8_t *image)
{
    image[20] = 0;
}

static void change_version(uint8_t *image)
{
    image[NVS_HEADER_VERSION] = 0xFD;
    fix_header(image);
}

static void change_sequence(uint8_t *image)
{
    write_le32(image + NVS_PAGE_SIZE + NVS_HEADER_SEQUENCE, 0);
    fix_header(image + NVS_PAGE_SIZE);
}

static void change_blank_page(uint8_t *image)
{
    image[2 * NVS_PAGE_SIZE + 1000] = 0;
}

static void change_bitmap_illegal(uint8_t *image)
{
    set_row_state(image, ROW_U8, NVS_ROW_ILLEGAL);
}

static void change_bitmap_tail(uint8_t *image)
{
    image[NVS_BITMAP_OFFSET + 31] &= 0x7F;
}

static void change_hole(uint8_t *image)
{
    set_row_state(image + NVS_PAGE_SIZE, ROW_FREE + 1, NVS_ROW_WRITTEN);
}

static void change_free_row(uint8_t *image)
{
    row_of(image, 1, ROW_FREE)[31] = 0;
}

static void change_entry(uint8_t *image)
{
    row_of(image, 0, ROW_U8)[NVS_ENTRY_DATA] ^= 1;
}

static void change_key_empty(uint8_t *image)
{
    uint8_t *row = row_of(image, 0, ROW_U8);
    memset(row + NVS_ENTRY_KEY, 0, NVS_KEY_FIELD);
    fix_entry(row);
}

static void change_key_endless(uint8_t *image)
{
    uint8_t *row = row_of(image, 0, ROW_U8);
    memset(row + NVS_ENTRY_KEY, 'x', NVS_KEY_FIELD);
    fix_entry(row);
}

static void change_key_twice(uint8_t *image)
{
    uint8_t *row = row_of(image, 0, ROW_I16);
    memset(row + NVS_ENTRY_KEY, 0, NVS_KEY_FIELD);
    memcpy(row + NVS_ENTRY_KEY, "byte", 4);
    fix_entry(row);
}

static void change_span_unwritten(uint8_t *image)
{
    set_row_state(image, ROW_STRING + 1, NVS_ROW_ERASED);
}

static void change_chunk_orphan(uint8_t *image)
{
    uint8_t *row = row_of(image, 1, ROW_INDEX);
    row[NVS_ENTRY_CHUNK_COUNT] = 1;
    write_le32(row + NVS_ENTRY_DATA, read_le16(row_of(image, 0, ROW_CHUNK) + NVS_ENTRY_DATA));
    fix_entry(row);
}

static void change_index_size(uint8_t *image)
{
    uint8_t *row = row_of(image, 1, ROW_INDEX);
    write_le32(row + NVS_ENTRY_DATA, BIG + 1);
    fix_entry(row);
}

static void change_data(uint8_t *image)
{
    row_of(image, 0, ROW_STRING)[NVS_ROW_SIZE] ^= 1;
}

static void change_string_end(uint8_t *image)
{
    uint8_t *row = row_of(image, 0, ROW_STRING);
    row[NVS_ROW_SIZE + 5] = '!';
    fix_data(row);
}

static void change_string_nul(uint8_t *image)
{
    uint8_t *row = row_of(image, 0, ROW_STRING);
    row[NVS_ROW_SIZE + 2] = 0;
    fix_data(row);
}

/* One byte of an entry, its CRC repaired. */
static const struct {
    size_t page;
    unsigned row;
    size_t offset;
    uint8_t value;
    const char *reason;
    const char *field;
} BAD_BYTES[] = {
    {0, ROW_U8, NVS_ENTRY_TYPE, 0x24, "NVS_TYPE", "page 0 entry 1"},
    {0, ROW_U8, NVS_ENTRY_NAMESPACE, 255, "NVS_NAMESPACE_INDEX", "page 0 entry 1"},
    {0, ROW_U8, NVS_ENTRY_NAMESPACE, 9, "NVS_NAMESPACE_UNDEFINED", "page 0 entry 1"},
    {0, ROW_I16, NVS_ENTRY_NAMESPACE, 0, "NVS_NAMESPACE", "page 0 entry 2"},
    {0, ROW_NAMESPACE, NVS_ENTRY_DATA, 0, "NVS_NAMESPACE", "page 0 entry 0"},
    {1, ROW_SPACE_2, NVS_ENTRY_DATA, 1, "NVS_NAMESPACE", "page 1 entry 39"},
    {0, ROW_U8, NVS_ENTRY_KEY + 12, 'x', "NVS_KEY", "page 0 entry 1"},
    {0, ROW_U8, NVS_ENTRY_SPAN, 0, "NVS_SPAN", "page 0 entry 1"},
    {0, ROW_STRING, NVS_ENTRY_SPAN, 3, "NVS_SPAN", "page 0 entry 3"},
    {0, ROW_STRING, NVS_ENTRY_SPAN, 200, "NVS_SPAN", "page 0 entry 3"},
    {0, ROW_U8, NVS_ENTRY_CHUNK, 0, "NVS_CHUNK", "page 0 entry 1"},
    {0, ROW_CHUNK, NVS_ENTRY_CHUNK, NVS_CHUNK_NONE, "NVS_CHUNK", "page 0 entry 5"},
    {0, ROW_CHUNK, NVS_ENTRY_CHUNK, 5, "NVS_BLOB_CHUNK", "page 1 entry 38"},
    {1, ROW_CHUNK_1, NVS_ENTRY_CHUNK, 0, "NVS_KEY_DUPLICATE", "page 1 entry 0"},
    {1, ROW_INDEX, NVS_ENTRY_CHUNK_START, 1, "NVS_BLOB_INDEX", "page 1 entry 38"},
};

/* Everything else. */
static const struct {
    void (*change)(uint8_t *image);
    const char *reason;
    const char *field;
} BAD_IMAGES[] = {
    {change_state, "NVS_PAGE_STATE", "page 0"},
    {change_freeing, "NVS_PAGE_STATE", "page 0"},
    {change_two_active, "NVS_PAGES_ACTIVE", ""},
    {change_header, "NVS_PAGE_CRC", "page 0"},
    {change_version, "NVS_PAGE_VERSION", "page 0"},
    {change_sequence, "NVS_PAGE_SEQUENCE", NULL},
    {change_blank_page, "NVS_PAGE_NOT_BLANK", "page 2"},
    {change_bitmap_illegal, "NVS_BITMAP", "page 0 entry 1"},
    {change_bitmap_tail, "NVS_BITMAP", "page 0"},
    {change_hole, "NVS_ROW_HOLE", "page 1 entry 42"},
    {change_free_row, "NVS_ROW_NOT_BLANK", "page 1 entry 41"},
    {change_entry, "NVS_ENTRY_CRC", "page 0 entry 1"},
    {change_key_empty, "NVS_KEY", "page 0 entry 1"},
    {change_key_endless, "NVS_KEY", "page 0 entry 1"},
    {change_key_twice, "NVS_KEY_DUPLICATE", "page 0 entry 2"},
    {change_span_unwritten, "NVS_SPAN", "page 0 entry 3"},
    {change_chunk_orphan, "NVS_BLOB_ORPHAN", "page 1 entry 0"},
    {change_index_size, "NVS_BLOB_SIZE", "page 1 entry 38"},
    {change_data, "NVS_DATA_CRC", "page 0 entry 3"},
    {change_string_end, "NVS_STRING_END", "page 0 entry 3"},
    {change_string_nul, "NVS_STRING_END", "page 0 entry 3"},
};

static void assert_refused(const uint8_t *image, const char *reason, const char *field)
{
    struct nvs_reader *reader = NULL;
    struct problem problem = {0};
    assert_int_equal(nvs_reader_new(span_make(image, SIZE), &reader, &problem), STATUS_MALFORMED);
    assert_null(reader);
    assert_string_equal(problem.reason, reason);
    if (field != NULL) {
        assert_string_equal(problem.field, field);
    }
    assert_true(problem.message[0] != '\0');
}

static void test_bad_bytes(void **state)
{
    (void)state;
    static uint8_t image[SIZE];
    for (size_t i = 0; i < sizeof(BAD_BYTES) / sizeof(*BAD_BYTES); i++) {
        good_image(image);
        uint8_t *row = row_of(image, BAD_BYTES[i].page, BAD_BYTES[i].row);
        row[BAD_BYTES[i].offset] = BAD_BYTES[i].value;
        fix_entry(row);
        assert_refused(image, BAD_BYTES[i].reason, BAD_BYTES[i].field);
    }
}

static void test_bad_images(void **state)
{
    (void)state;
    static uint8_t image[SIZE];
    for (size_t i = 0; i < sizeof(BAD_IMAGES) / sizeof(*BAD_IMAGES); i++) {
        good_image(image);
        BAD_IMAGES[i].change(image);
        assert_refused(image, BAD_IMAGES[i].reason, BAD_IMAGES[i].field);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    static uint8_t image[SIZE];
    static const size_t SIZES[] = {0, 1, SIZE - 1, (size_t)NVS_READER_IMAGE_MAX + NVS_PAGE_SIZE};
    good_image(image);
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(*SIZES); i++) {
        struct nvs_reader *reader = NULL;
        struct problem problem = {0};
        /* the size alone decides: the bytes beyond the array are not looked at */
        status_t status = nvs_reader_new(span_make(image, SIZES[i]), &reader, &problem);
        assert_int_equal(status, STATUS_MALFORMED);
        assert_string_equal(problem.reason, "NVS_IMAGE_SIZE");
    }
}

static void check_good(const uint8_t *image)
{
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    assert_ok(nvs_reader_new(span_make(image, SIZE), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 5);
    assert_null(nvs_reader_item(reader, 5));
    assert_string_equal(nvs_reader_item(reader, 1)->key, "short");
    assert_int_equal(nvs_reader_find(reader, "one", "byte")->integer, 200);
    assert_true(nvs_reader_find(reader, "one", "short")->integer == (uint64_t)-2);
    assert_span_equal(nvs_reader_find(reader, "one", "text")->bytes, span_text("hello"));
    const struct nvs_item *big = nvs_reader_find(reader, "one", "big");
    assert_int_equal(big->type, NVS_BLOB_DATA);
    assert_int_equal(big->bytes.size, BIG);
    assert_int_equal(big->bytes.data[2], 3);
    assert_int_equal(nvs_reader_find(reader, "two", "byte")->integer, 7);
    assert_null(nvs_reader_find(reader, "two", "short"));
    assert_null(nvs_reader_find(reader, "three", "byte"));
    assert_null(nvs_reader_find(reader, "one", ""));
    assert_null(nvs_reader_find(reader, "one", "a key that is far too long"));
}

/* What the firmware accepts besides fresh images: other addresses, gaps in the sequence, a full
 * last page, erased rows, the second generation of chunks. */
static void test_accepted(void **state)
{
    (void)state;
    static uint8_t image[SIZE];
    static uint8_t page[NVS_PAGE_SIZE];
    good_image(image);
    check_good(image);
    memcpy(page, image, NVS_PAGE_SIZE);
    memmove(image, image + NVS_PAGE_SIZE, NVS_PAGE_SIZE);
    memcpy(image + 3 * NVS_PAGE_SIZE, page, NVS_PAGE_SIZE);
    memset(image + NVS_PAGE_SIZE, 0xFF, NVS_PAGE_SIZE);
    check_good(image);
    write_le32(image + NVS_HEADER_SEQUENCE, 77);
    fix_header(image);
    write_le32(image, NVS_STATE_FULL);
    check_good(image);
    set_row_state(image, ROW_FREE, NVS_ROW_ERASED);
    memset(row_of(image, 0, ROW_FREE), 0, NVS_ROW_SIZE);
    check_good(image);
    uint8_t *chunk_0 = row_of(image, 3, ROW_CHUNK);
    uint8_t *chunk_1 = row_of(image, 0, ROW_CHUNK_1);
    uint8_t *index = row_of(image, 0, ROW_INDEX);
    chunk_0[NVS_ENTRY_CHUNK] = 0x80;
    chunk_1[NVS_ENTRY_CHUNK] = 0x81;
    index[NVS_ENTRY_CHUNK_START] = 0x80;
    fix_entry(chunk_0);
    fix_entry(chunk_1);
    fix_entry(index);
    check_good(image);
}

static void test_blank(void **state)
{
    (void)state;
    static uint8_t image[SIZE];
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    memset(image, 0xFF, sizeof(image));
    assert_ok(nvs_reader_new(SPAN_OF(image), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 0);
    assert_null(nvs_reader_find(reader, "one", "byte"));
    nvs_reader_free(NULL);
}

/* An image within the size limit, but with more entries than one ever has. */
static void test_too_many_entries(void **state)
{
    (void)state;
    enum { LARGE = 0x340000 };
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(buf_done) struct buf image;
    struct nvs_reader *reader = NULL;
    struct problem problem = {0};
    buf_init(&image, LARGE);
    assert_ok(nvs_writer_new(LARGE, NVS_VERSION_2, &writer, NULL));
    assert_ok(nvs_writer_namespace(writer, "one", NULL));
    for (unsigned i = 0; i < NVS_READER_ITEM_MAX; i++) { /* with the namespace's, one too many */
        char key[NVS_KEY_MAX + 1];
        (void)snprintf(key, sizeof(key), "k%u", i);
        assert_ok(nvs_writer_integer(writer, key, NVS_U8, 1, NULL));
    }
    assert_ok(nvs_writer_finish(writer, &image));
    assert_int_equal(nvs_reader_new(buf_span(&image), &reader, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "NVS_TOO_MANY_ENTRIES");
    assert_null(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_bytes), cmocka_unit_test(test_bad_images),
        cmocka_unit_test(test_sizes),     cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_blank),     cmocka_unit_test(test_too_many_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

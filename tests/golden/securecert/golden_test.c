/* Entries whose bytes were computed apart from this code, in Python, after the component's format.
 */
#include "lib/base/hex.h"
#include "lib/securecert/reader.h"
#include "lib/securecert/writer.h"
#include "tests/support/test.h"

#define ZEROS_8 "0000000000000000"
#define ZEROS_16 ZEROS_8 ZEROS_8

static const struct {
    uint8_t type;
    uint8_t subtype;
    const char *value;
    const char *bytes;
} golden[] = {
    {201, 0, "000f", "11ba5eba00000000c9000200000f0000000000000000000000000000c31acc8c"},
    {201, 3, "10270000",
     "11ba5eba00000000c903040010270000000000000000000000000000"
     "68ec8d80"},
    {201, 4, "d2f351f57bb9387445a5f92a601d1c14",
     "11ba5eba00000000c9041000d2f351f57bb9387445a5f92a601d1c140c574e54"},
    /* SEC_CFG of BLOCK_KEY1 */
    {6, 0,
     "05000000"
     "00000000" ZEROS_16 ZEROS_16,
     "11ba5eba0000000006002800"
     "05000000"
     "00000000" ZEROS_16 ZEROS_16 ZEROS_8 "bdf62aa6"},
    {51, 0, "68656c6c6f", "11ba5eba000000003300050068656c6c6f0000000000000000000000680f0099"},
};
enum { GOLDEN_COUNT = sizeof(golden) / sizeof(*golden) };

static struct buf bytes_of(const char *text)
{
    struct buf bytes;
    buf_init(&bytes, 0x1000);
    assert_ok(hex_decode(span_text(text), &bytes));
    return bytes;
}

static void entries_are_written_byte_for_byte(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(securecert_writer_free) struct securecert_writer *writer = NULL;
    AUTO(buf_done) struct buf image;
    buf_init(&image, 0x1000);
    assert_ok(securecert_writer_new(0x1000, &writer, &problem));
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        AUTO(buf_done) struct buf value = bytes_of(golden[i].value);
        const struct securecert_entry entry = {
            .type = golden[i].type, .subtype = golden[i].subtype, .value = buf_span(&value)};
        assert_ok(securecert_writer_add(writer, &entry, &problem));
    }
    assert_ok(securecert_writer_finish(writer, &image));
    size_t offset = 0;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        AUTO(buf_done) struct buf bytes = bytes_of(golden[i].bytes);
        assert_span_equal(span_make(image.data + offset, bytes.size), buf_span(&bytes));
        offset += bytes.size;
    }
}

static void entries_are_read(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(buf_done) struct buf image;
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    buf_init(&image, 0x1000);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        assert_ok(hex_decode(span_text(golden[i].bytes), &image));
    }
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        AUTO(buf_done) struct buf value = bytes_of(golden[i].value);
        const struct securecert_entry *entry =
            securecert_reader_find(reader, golden[i].type, golden[i].subtype);
        assert_non_null(entry);
        assert_span_equal(entry->value, buf_span(&value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_written_byte_for_byte),
        cmocka_unit_test(entries_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

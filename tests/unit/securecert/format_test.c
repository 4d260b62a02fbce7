/* Writer and reader on single entries: bytes, limits, and every refusal of both. */
#include "lib/base/digest.h"
#include "lib/securecert/names.h"
#include "lib/securecert/reader.h"
#include "lib/securecert/writer.h"
#include "tests/unit/securecert/fixture.h"

static struct problem problem;

enum { SIZE = 0x1000 };

static struct securecert_writer *new_writer(size_t size)
{
    struct securecert_writer *writer = NULL;
    assert_ok(securecert_writer_new(size, &writer, &problem));
    return writer;
}

static struct securecert_entry entry_of(uint8_t type, uint8_t subtype, struct span value)
{
    return (struct securecert_entry){.type = type, .subtype = subtype, .value = value};
}

static status_t add(struct securecert_writer *writer, uint8_t type, uint8_t subtype,
                    struct span value)
{
    struct securecert_entry entry = entry_of(type, subtype, value);
    return securecert_writer_add(writer, &entry, &problem);
}

/* A partition of USER_DATA_1 "hello" and USER_DATA_2 with 16 bytes; the second is at 32. */
static struct buf two_entries(void)
{
    struct buf image;
    AUTO(securecert_writer_free) struct securecert_writer *writer = new_writer(SIZE);
    buf_init(&image, SECURECERT_PARTITION_MAX + 1);
    assert_ok(add(writer, 51, 0, span_text("hello")));
    assert_ok(add(writer, 52, 7, span_text("0123456789abcdef")));
    assert_ok(securecert_writer_finish(writer, &image));
    assert_int_equal(image.size, SIZE);
    return image;
}

static status_t read_image(struct span image)
{
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    status_t status = securecert_reader_new(image, &reader, &problem);
    assert_int_equal(status == STATUS_OK, reader != NULL);
    return status;
}

/* The CRC of the entry at `offset` with a value of `size`, after a change. */
static void repair(struct buf *image, size_t offset, size_t size)
{
    size_t covered = securecert_entry_size(size) - SECURECERT_CRC_SIZE;
    write_le32(image->data + offset + covered,
               digest_crc(DIGEST_CRC_START, span_make(image->data + offset, covered)));
}

static void entries_are_multiples_of_sixteen(void **state)
{
    (void)state;
    assert_int_equal(securecert_entry_size(0), 16);
    assert_int_equal(securecert_entry_size(1), 32);
    assert_int_equal(securecert_entry_size(16), 32);
    assert_int_equal(securecert_entry_size(17), 48);
}

static void a_partition_is_read_back(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf image = two_entries();
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    assert_int_equal(securecert_reader_count(reader), 2);
    assert_int_equal(securecert_reader_used(reader), 64);
    assert_false(securecert_reader_has_foreign_end(reader));
    const struct securecert_entry *second = securecert_reader_find(reader, 52, 7);
    assert_ptr_equal(second, securecert_reader_entry(reader, 1));
    assert_int_equal(second->offset, 32);
    assert_span_equal(second->value, span_text("0123456789abcdef"));
    assert_null(securecert_reader_find(reader, 52, 0));
    assert_null(securecert_reader_find(reader, 53, 7));
    assert_null(securecert_reader_entry(reader, 2));
}

static void the_writer_refuses_what_no_firmware_reads(void **state)
{
    (void)state;
    static const uint8_t types[] = {50, 254, 255};
    AUTO(securecert_writer_free) struct securecert_writer *writer = new_writer(SIZE);
    struct span value = span_text("v");
    for (size_t i = 0; i < sizeof(types); i++) {
        assert_refused(add(writer, types[i], 0, value), STATUS_INVALID, "SECURECERT_TYPE");
    }
    assert_refused(add(writer, 51, 254, value), STATUS_INVALID, "SECURECERT_SUBTYPE");
    assert_ok(add(writer, 51, 253, value));
    assert_refused(add(writer, 51, 253, value), STATUS_INVALID, "SECURECERT_DUPLICATE");
    for (unsigned flags = 1; flags < 256; flags++) {
        struct securecert_entry entry = entry_of(51, 1, value);
        entry.flags = (uint8_t)flags;
        if (flags != SECURECERT_HMAC_ENCRYPTED) {
            assert_refused(securecert_writer_add(writer, &entry, &problem), STATUS_INVALID,
                           "SECURECERT_FLAGS");
        }
    }
}

static void a_key_marker_with_a_value_is_refused(void **state)
{
    (void)state;
    static const uint8_t markers[] = {SECURECERT_KEY_IN_EFUSE, SECURECERT_KEY_FROM_HMAC};
    AUTO(securecert_writer_free) struct securecert_writer *writer = new_writer(SIZE);
    for (size_t i = 0; i < sizeof(markers); i++) {
        struct securecert_entry entry = entry_of(SECURECERT_PRIV_KEY, 0, span_text("k"));
        entry.flags = markers[i];
        assert_refused(securecert_writer_add(writer, &entry, &problem), STATUS_REFUSED,
                       "SECURECERT_KEY_LEAK");
    }
}

static void the_last_row_stays_free(void **state)
{
    (void)state;
    static uint8_t value[0x10000];
    AUTO(securecert_writer_free) struct securecert_writer *writer = new_writer(SIZE);
    AUTO(securecert_writer_free) struct securecert_writer *large = new_writer(0xF000);
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    assert_refused(add(writer, 51, 0, span_make(value, SIZE - 31)), STATUS_TOO_LARGE,
                   "SECURECERT_FULL");
    assert_ok(add(writer, 51, 0, span_make(value, SIZE - 32)));
    assert_refused(add(writer, 51, 1, span_make(value, 0)), STATUS_TOO_LARGE, "SECURECERT_FULL");
    assert_ok(securecert_writer_finish(writer, &image));
    assert_int_equal(read_le32(image.data + SIZE - 16), 0xFFFFFFFF);
    assert_ok(read_image(buf_span(&image)));
    assert_refused(add(large, 51, 0, SPAN_OF(value)), STATUS_TOO_LARGE, "SECURECERT_FULL");
}

static void only_signatures_follow_the_integrity_entry(void **state)
{
    (void)state;
    AUTO(securecert_writer_free) struct securecert_writer *writer = new_writer(SIZE);
    assert_ok(add(writer, 51, 0, span_text("v")));
    assert_ok(securecert_writer_integrity(writer, &problem));
    assert_refused(add(writer, 51, 1, span_text("v")), STATUS_INVALID,
                   "SECURECERT_AFTER_INTEGRITY");
    assert_refused(securecert_writer_integrity(writer, &problem), STATUS_INVALID,
                   "SECURECERT_DUPLICATE");
    assert_ok(add(writer, SECURECERT_SIGNATURE, 0, span_text("signature")));
}

static void every_flipped_bit_of_an_entry_is_noticed(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf image = two_entries();
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        image.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(read_image(buf_span(&image)), STATUS_OK);
        image.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_ok(read_image(buf_span(&image)));
}

static void the_reader_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        size_t place;
        uint8_t byte;
        const char *reason;
        status_t status;
    } changes[] = {
        {5, 1, "SECURECERT_RESERVED", STATUS_MALFORMED},
        {7, 1, "SECURECERT_RESERVED", STATUS_MALFORMED},
        {4, 0x08, "SECURECERT_FLAGS", STATUS_INVALID},
        {4, 0x01, "SECURECERT_FLAGS", STATUS_INVALID},
        {8, 254, "SECURECERT_TYPE", STATUS_INVALID},
        {9, 255, "SECURECERT_SUBTYPE", STATUS_INVALID},
        {12 + 5, 1, "SECURECERT_PADDING", STATUS_MALFORMED},
        {12 + 15, 0xFF, "SECURECERT_PADDING", STATUS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        AUTO(buf_done) struct buf image = two_entries();
        image.data[changes[i].place] = changes[i].byte;
        assert_refused(read_image(buf_span(&image)), STATUS_MALFORMED, "SECURECERT_CRC");
        repair(&image, 0, 5);
        assert_refused(read_image(buf_span(&image)), changes[i].status, changes[i].reason);
    }
}

static void images_that_end_early_or_hold_more_are_refused(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf image = two_entries();
    assert_refused(read_image(span_make(NULL, 0)), STATUS_MALFORMED, "SECURECERT_EMPTY");
    assert_refused(read_image(span_make(image.data, 3)), STATUS_MALFORMED, "SECURECERT_EMPTY");
    assert_refused(read_image(span_make(image.data + 64, 64)), STATUS_MALFORMED,
                   "SECURECERT_EMPTY");
    assert_refused(read_image(span_make(image.data, 11)), STATUS_MALFORMED, "SECURECERT_CUT");
    assert_refused(read_image(span_make(image.data, 63)), STATUS_MALFORMED, "SECURECERT_CUT");
    assert_ok(read_image(span_make(image.data, 64)));
    image.data[64 + 20] = 0;
    assert_refused(read_image(buf_span(&image)), STATUS_MALFORMED, "SECURECERT_END");
    image.data[64 + 20] = 0xFF;
    write_le32(image.data + 64, 0x0000FFFF); /* as Espressif's tool ends them */
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    assert_true(securecert_reader_has_foreign_end(reader));
    buf_append_fill(&image, 0xFF, SECURECERT_PARTITION_MAX + 1 - SIZE);
    assert_refused(read_image(buf_span(&image)), STATUS_TOO_LARGE, "SECURECERT_SIZE");
}

/* The firmware would take the first, and of integrity entries the last. */
static void duplicates_are_refused(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf image = two_entries();
    image.data[32 + 8] = 51;
    image.data[32 + 9] = 0;
    repair(&image, 32, 16);
    assert_refused(read_image(buf_span(&image)), STATUS_MALFORMED, "SECURECERT_DUPLICATE");
    assert_string_equal(problem.field, "user-data-1.0");
}

static void entries_have_names(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        uint8_t subtype;
        const char *name;
    } named[] = {{1, 0, "dac"},
                 {0, 0, "pai"},
                 {0, 1, "ca-cert.1"},
                 {1, 2, "dev-cert.2"},
                 {2, 0, "private-key"},
                 {2, 9, "private-key.9"},
                 {201, 3, "matter.iterations"},
                 {201, 9, "matter.9"},
                 {202, 0, "matter-2.0"},
                 {55, 1, "user-data-5.1"},
                 {7, 0, "tee-key.0"},
                 {8, 2, "signature.2"},
                 {9, 0, "integrity.0"},
                 {77, 3, "type-77.3"}};
    char name[SECURECERT_NAME_MAX];
    for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
        securecert_names_entry(named[i].type, named[i].subtype, name);
        assert_string_equal(name, named[i].name);
    }
    assert_string_equal(securecert_names_flags(0x80), "hmac-encrypted");
    assert_null(securecert_names_flags(0x48));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_multiples_of_sixteen),
        cmocka_unit_test(a_partition_is_read_back),
        cmocka_unit_test(the_writer_refuses_what_no_firmware_reads),
        cmocka_unit_test(a_key_marker_with_a_value_is_refused),
        cmocka_unit_test(the_last_row_stays_free),
        cmocka_unit_test(only_signatures_follow_the_integrity_entry),
        cmocka_unit_test(every_flipped_bit_of_an_entry_is_noticed),
        cmocka_unit_test(the_reader_names_what_is_wrong),
        cmocka_unit_test(images_that_end_early_or_hold_more_are_refused),
        cmocka_unit_test(duplicates_are_refused),
        cmocka_unit_test(entries_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the writer refuses, and its limits from both sides. Its bytes are checked by the golden
 * tests. */
#include "lib/nvs/format.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"

struct fixture {
    struct nvs_writer *writer;
    struct problem problem;
};

static void begin(struct fixture *fixture, size_t size, enum nvs_version version)
{
    *fixture = (struct fixture){0};
    assert_ok(nvs_writer_new(size, version, &fixture->writer, &fixture->problem));
    assert_ok(nvs_writer_namespace(fixture->writer, "space", &fixture->problem));
}

static void assert_refused(struct fixture *fixture, status_t got, status_t wanted,
                           const char *reason)
{
    assert_int_equal(got, wanted);
    assert_int_equal(fixture->problem.status, wanted);
    assert_string_equal(fixture->problem.reason, reason);
    assert_true(fixture->problem.message[0] != '\0');
    nvs_writer_free(fixture->writer);
}

static status_t put_u8(struct fixture *fixture, const char *key)
{
    return nvs_writer_integer(fixture->writer, key, NVS_U8, 1, &fixture->problem);
}

static void test_sizes(void **state)
{
    (void)state;
    static const size_t BAD[] = {0, 1, 0xFFF, 0x1001, 0x3800, NVS_SIZE_MAX + 0x1000, SIZE_MAX};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++) {
        struct fixture fixture = {0};
        status_t status = nvs_writer_new(BAD[i], NVS_VERSION_2, &fixture.writer, &fixture.problem);
        assert_refused(&fixture, status, STATUS_INVALID, "NVS_SIZE");
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *reason;
    } BAD[] = {{"", "NVS_NAME_EMPTY"},
               {"sixteen-bytes-xx", "NVS_NAME_TOO_LONG"},
               {"k\xc3\xb6y", "NVS_NAME_NOT_ASCII"},
               {"tab\t", "NVS_NAME_NOT_ASCII"},
               {"del\x7f", "NVS_NAME_NOT_ASCII"}};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++) {
        struct fixture fixture;
        begin(&fixture, 0x3000, NVS_VERSION_2);
        assert_refused(&fixture, put_u8(&fixture, BAD[i].name), STATUS_INVALID, BAD[i].reason);
        begin(&fixture, 0x3000, NVS_VERSION_2);
        status_t status = nvs_writer_namespace(fixture.writer, BAD[i].name, &fixture.problem);
        assert_refused(&fixture, status, STATUS_INVALID, BAD[i].reason);
    }
}

static void test_field_is_the_key(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, 0x3000, NVS_VERSION_2);
    assert_ok(put_u8(&fixture, "twice"));
    status_t status = nvs_writer_string(fixture.writer, "twice", span_text("x"), &fixture.problem);
    assert_string_equal(fixture.problem.field, "twice");
    assert_refused(&fixture, status, STATUS_INVALID, "NVS_KEY_DUPLICATE");
}

static void test_before_namespace(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    assert_ok(nvs_writer_new(0x3000, NVS_VERSION_2, &fixture.writer, &fixture.problem));
    assert_refused(&fixture, put_u8(&fixture, "k"), STATUS_INVALID, "NVS_NO_NAMESPACE");
}

static void test_namespace_count(void **state)
{
    (void)state;
    struct fixture fixture;
    char name[16];
    begin(&fixture, 0x8000, NVS_VERSION_2);
    for (unsigned i = 1; i < NVS_NAMESPACES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%u", i);
        assert_ok(nvs_writer_namespace(fixture.writer, name, &fixture.problem));
    }
    assert_ok(nvs_writer_namespace(fixture.writer, "n7", &fixture.problem)); /* known: no new one */
    status_t status = nvs_writer_namespace(fixture.writer, "more", &fixture.problem);
    assert_refused(&fixture, status, STATUS_INVALID, "NVS_NAMESPACES");
}

/* The same key in two namespaces, and a return to the first. */
static void test_namespace_again(void **state)
{
    (void)state;
    struct fixture fixture;
    AUTO(buf_done) struct buf image;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    buf_init(&image, 0x3000);
    begin(&fixture, 0x3000, NVS_VERSION_2);
    assert_ok(put_u8(&fixture, "a"));
    assert_ok(nvs_writer_namespace(fixture.writer, "other", NULL));
    assert_ok(nvs_writer_integer(fixture.writer, "a", NVS_U8, 2, NULL));
    assert_ok(nvs_writer_namespace(fixture.writer, "space", NULL));
    assert_ok(nvs_writer_integer(fixture.writer, "b", NVS_U8, 3, NULL));
    assert_ok(nvs_writer_finish(fixture.writer, &image));
    assert_ok(nvs_reader_new(buf_span(&image), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 3);
    assert_int_equal(nvs_reader_find(reader, "space", "a")->integer, 1);
    assert_int_equal(nvs_reader_find(reader, "other", "a")->integer, 2);
    assert_int_equal(nvs_reader_find(reader, "space", "b")->integer, 3);
    assert_null(nvs_reader_find(reader, "other", "b"));
    assert_refused(&fixture, put_u8(&fixture, "a"), STATUS_INVALID, "NVS_KEY_DUPLICATE");
}

static void test_integer_ranges(void **state)
{
    (void)state;
    static const struct {
        enum nvs_type type;
        uint64_t value;
        bool fits;
    } CASES[] = {
        {NVS_U8, 255, true},
        {NVS_U8, 256, false},
        {NVS_I8, 127, true},
        {NVS_I8, 128, false},
        {NVS_I8, (uint64_t)-128, true},
        {NVS_I8, (uint64_t)-129, false},
        {NVS_U16, 65535, true},
        {NVS_U16, 65536, false},
        {NVS_I16, (uint64_t)INT16_MIN, true},
        {NVS_I16, 32768, false},
        {NVS_U32, UINT32_MAX, true},
        {NVS_U32, UINT64_C(1) << 32, false},
        {NVS_I32, (uint64_t)INT32_MIN, true},
        {NVS_I32, UINT64_C(1) << 31, false},
        {NVS_I32, UINT64_MAX << 32, false},
        {NVS_U64, UINT64_MAX, true},
        {NVS_I64, UINT64_C(1) << 63, true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct fixture fixture;
        begin(&fixture, 0x3000, NVS_VERSION_2);
        status_t status = nvs_writer_integer(fixture.writer, "k", CASES[i].type, CASES[i].value,
                                             &fixture.problem);
        if (CASES[i].fits) {
            assert_ok(status);
            nvs_writer_free(fixture.writer);
        } else {
            assert_refused(&fixture, status, STATUS_INVALID, "NVS_VALUE_RANGE");
        }
    }
}

static void test_integer_type(void **state)
{
    (void)state;
    static const enum nvs_type BAD[] = {NVS_STRING, NVS_BLOB_V1, NVS_BLOB_INDEX, (enum nvs_type)3};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++) {
        struct fixture fixture;
        begin(&fixture, 0x3000, NVS_VERSION_2);
        status_t status = nvs_writer_integer(fixture.writer, "k", BAD[i], 0, &fixture.problem);
        assert_refused(&fixture, status, STATUS_INVALID, "NVS_TYPE");
    }
}

/* A value of `size` bytes is taken, one more is too long. */
static void check_limit(size_t partition, enum nvs_version version, bool string, size_t limit)
{
    static uint8_t bytes[NVS_BLOB_MAX + 1];
    memset(bytes, 'x', sizeof(bytes));
    for (size_t size = limit; size <= limit + 1; size++) {
        struct fixture fixture;
        begin(&fixture, partition, version);
        struct span value = span_make(bytes, size);
        status_t status = string ? nvs_writer_string(fixture.writer, "k", value, &fixture.problem)
                                 : nvs_writer_blob(fixture.writer, "k", value, &fixture.problem);
        if (size == limit) {
            assert_ok(status);
            nvs_writer_free(fixture.writer);
        } else {
            assert_refused(&fixture, status, STATUS_INVALID, "NVS_VALUE_TOO_LONG");
        }
    }
}

static void test_value_limits(void **state)
{
    (void)state;
    check_limit(0x4000, NVS_VERSION_2, true, NVS_STRING_MAX);
    check_limit(0x4000, NVS_VERSION_1, true, NVS_STRING_V1_MAX);
    check_limit(0x4000, NVS_VERSION_1, false, NVS_BLOB_V1_MAX);
    /* the namespace entry takes a row of the first page: 127 chunks hold 32 bytes less */
    check_limit(0x100000, NVS_VERSION_2, false, NVS_BLOB_MAX - NVS_ROW_SIZE);
}

static void test_string_with_nul(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, 0x3000, NVS_VERSION_2);
    status_t status =
        nvs_writer_string(fixture.writer, "k", span_make("a\0b", 3), &fixture.problem);
    assert_refused(&fixture, status, STATUS_INVALID, "NVS_STRING_NUL");
}

/* Two data pages of 0x3000 hold 252 rows; the namespace takes one. */
static void test_full(void **state)
{
    (void)state;
    struct fixture fixture;
    char key[16];
    begin(&fixture, 0x3000, NVS_VERSION_2);
    for (unsigned i = 1; i < 2 * NVS_PAGE_ROWS; i++) {
        assert_false(nvs_writer_is_full(fixture.writer));
        (void)snprintf(key, sizeof(key), "k%u", i);
        assert_ok(put_u8(&fixture, key));
    }
    assert_true(nvs_writer_is_full(fixture.writer));
    assert_int_equal(nvs_writer_used_size(fixture.writer), 0x2000);
    assert_refused(&fixture, put_u8(&fixture, "more"), STATUS_TOO_LARGE, "NVS_FULL");
}

static void test_full_by_string_and_blob(void **state)
{
    (void)state;
    static const uint8_t BYTES[9000];
    struct fixture fixture;
    begin(&fixture, 0x1000, NVS_VERSION_2);
    status_t status = nvs_writer_blob(fixture.writer, "k", SPAN_OF(BYTES), &fixture.problem);
    assert_refused(&fixture, status, STATUS_TOO_LARGE, "NVS_FULL");
    begin(&fixture, 0x1000, NVS_VERSION_2);
    char text[NVS_STRING_MAX];
    memset(text, 'x', sizeof(text));
    status = nvs_writer_string(fixture.writer, "k", SPAN_OF(text), &fixture.problem);
    assert_refused(&fixture, status, STATUS_TOO_LARGE, "NVS_FULL");
}

/* A read-only partition may use all pages, and "full" is no warning there. */
static void test_read_only(void **state)
{
    (void)state;
    struct fixture fixture;
    char key[16];
    AUTO(buf_done) struct buf image;
    buf_init(&image, 0x2000);
    begin(&fixture, 0x2000, NVS_VERSION_2);
    for (unsigned i = 1; i < 2 * NVS_PAGE_ROWS; i++) {
        (void)snprintf(key, sizeof(key), "k%u", i);
        assert_ok(put_u8(&fixture, key));
    }
    assert_false(nvs_writer_is_full(fixture.writer));
    assert_ok(nvs_writer_finish(fixture.writer, &image));
    assert_int_equal(image.size, 0x2000);
    nvs_writer_free(fixture.writer);
}

/* The file covers the partition, so that nothing stale stays in flash behind it. */
static void test_padding(void **state)
{
    (void)state;
    struct fixture fixture;
    AUTO(buf_done) struct buf image;
    buf_init(&image, 0x2000);
    begin(&fixture, 0x2000, NVS_VERSION_2);
    assert_ok(nvs_writer_finish(fixture.writer, &image));
    assert_int_equal(image.size, 0x2000);
    for (size_t i = 0x1000; i < image.size; i++) {
        assert_int_equal(image.data[i], 0xFF);
    }
    nvs_writer_free(fixture.writer);
}

static void test_output_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    AUTO(buf_done) struct buf image;
    buf_init(&image, 0x2FFF);
    begin(&fixture, 0x3000, NVS_VERSION_2);
    assert_int_equal(nvs_writer_finish(fixture.writer, &image), STATUS_TOO_LARGE);
    assert_int_equal(image.size, 0);
    nvs_writer_free(fixture.writer);
    nvs_writer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_field_is_the_key),
        cmocka_unit_test(test_before_namespace),
        cmocka_unit_test(test_namespace_count),
        cmocka_unit_test(test_namespace_again),
        cmocka_unit_test(test_integer_ranges),
        cmocka_unit_test(test_integer_type),
        cmocka_unit_test(test_value_limits),
        cmocka_unit_test(test_string_with_nul),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_full_by_string_and_blob),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_output_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is refused in a CSV, and that the message leads to the line. Accepted files are the golden
 * tests'. */
#include "lib/base/utf8.h"
#include "lib/nvs/csv.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"

#define HEADER "key,type,encoding,value\n"
#define COMMAS_32 ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
#define SPACE HEADER "s,namespace,,\n"

enum { SIZE = 0x4000 };

/* Files "ascii", "latin1" and "number" exist. */
static status_t read_file(void *context, const char *path, struct buf *ret_content,
                          struct problem *problem)
{
    (*(unsigned *)context)++;
    if (strcmp(path, "ascii") == 0) {
        buf_append_text(ret_content, "plain");
    } else if (strcmp(path, "latin1") == 0) {
        buf_append_text(ret_content, "gr\xFC\xDF");
    } else if (strcmp(path, "number") == 0) {
        buf_append_text(ret_content, " 42\n");
    } else {
        return problem_say(problem, STATUS_NOT_FOUND, "FILE_READ", path, "cannot read %s", path);
    }
    return buf_status(ret_content);
}

static status_t add_text(const char *name, struct span text, struct nvs_writer *writer,
                         struct problem *problem)
{
    unsigned files_read = 0;
    AUTO(nvs_csv_free) struct nvs_csv *csv = NULL;
    assert_ok(nvs_csv_new(writer, read_file, &files_read, &csv));
    return nvs_csv_add(csv, name, text, problem);
}

static void assert_refused_bytes(struct span text, const char *reason, unsigned line)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    struct problem problem = {0};
    char place[32];
    (void)snprintf(place, sizeof(place), "x.csv:%u", line);
    assert_ok(nvs_writer_new(SIZE, NVS_VERSION_2, &writer, NULL));
    status_t status = add_text("x.csv", text, writer, &problem);
    assert_int_not_equal(status, STATUS_OK);
    assert_int_equal(problem.status, status);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, place);
    assert_true(problem.message[0] != '\0');
}

static const struct {
    const char *text;
    const char *reason;
    unsigned line;
} BAD[] = {
    {"", "NVS_CSV_HEADER", 1},
    {"# only a comment", "NVS_CSV_HEADER", 1},
    {"key,type,encoding\n", "NVS_CSV_HEADER", 1},
    {"key, type,encoding,value\n", "NVS_CSV_HEADER", 1},
    {"key,type,encoding,value,key\n", "NVS_CSV_HEADER", 1},
    {"\xEF\xBB\xBF" HEADER, "NVS_CSV_BOM", 1},
    {HEADER "k\xFF", "NVS_CSV_UTF8", 1},
    {SPACE "k,data,string,\"no end\n\n", "NVS_CSV_QUOTE", 3},
    {SPACE "k,data,string,\"a\"b\n", "NVS_CSV_QUOTE", 3},
    {SPACE "k,data,string,\"a\n#b\"\n", "NVS_CSV_COMMENT_IN_VALUE", 3},
    {SPACE "k,data,string,Lamp, round\n", "NVS_CSV_FIELDS", 3},
    {SPACE "\n# c\nk,data,u8\n", "NVS_CSV_FIELDS", 5},
    {SPACE "k\n", "NVS_CSV_FIELDS", 3},
    {SPACE COMMAS_32 COMMAS_32 COMMAS_32 COMMAS_32 "\n", "NVS_CSV_COLUMNS", 3},
    {SPACE "k,Data,u8,1\n", "NVS_CSV_TYPE", 3},
    {SPACE "k,,u8,1\n", "NVS_CSV_TYPE", 3},
    {SPACE "k,data,U8,1\n", "NVS_CSV_ENCODING", 3},
    {SPACE "k,data,,1\n", "NVS_CSV_ENCODING", 3},
    {SPACE "k,data,float,1\n", "NVS_CSV_ENCODING", 3},
    {SPACE "k,data,u8,\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,u8,0x10\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,u32,1_000\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,u32,1e3\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,i8,--1\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,u64,18446744073709551616\n", "NVS_CSV_NUMBER", 3},
    {SPACE "k,data,u8,256\n", "NVS_VALUE_RANGE", 3},
    {SPACE "k,data,u64,-1\n", "NVS_VALUE_RANGE", 3},
    {SPACE "k,data,i64,9223372036854775808\n", "NVS_VALUE_RANGE", 3},
    {SPACE "k,data,i64,-9223372036854775809\n", "NVS_VALUE_RANGE", 3},
    {SPACE "k,data,i8,-129\n", "NVS_VALUE_RANGE", 3},
    {SPACE "k,data,hex2bin,123\n", "NVS_CSV_HEX", 3},
    {SPACE "k,data,hex2bin,0x12\n", "NVS_CSV_HEX", 3},
    {SPACE "k,data,base64,QUI\n", "NVS_CSV_BASE64", 3},
    {SPACE "k,data,base64,QU*J\n", "NVS_CSV_BASE64", 3},
    {SPACE "k,data,binary,\xC3\xA4\n", "NVS_CSV_BINARY_NOT_ASCII", 3},
    {SPACE "k,data,blob_fill(4),a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(4;0x0),a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(4;0xGG),a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(;0x00),a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(4;0x00) ,a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,file,blob_fill(9;0x00),ascii\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(4;0x00),abcde\n", "NVS_VALUE_TOO_LONG", 3},
    {SPACE "k,data,blob_sz_fill(99999999999999999999;0x00),a\n", "NVS_CSV_FILL", 3},
    {SPACE "k,data,blob_fill(508001;0x00),a\n", "NVS_VALUE_TOO_LONG", 3},
    {SPACE "k,file,binary,missing\n", "FILE_READ", 3},
    {SPACE "k,file,string,latin1\n", "NVS_CSV_UTF8", 3},
    {SPACE "k,file,u8,ascii\n", "NVS_CSV_NUMBER", 3},
    {SPACE "sta.ssid,file,string,ascii\n", "NVS_CSV_WIFI", 3},
    {SPACE "ap.ssid,data,hex2bin,6162\n", "NVS_CSV_WIFI", 3},
    {SPACE "ap.ssid,namespace,,\n", "NVS_CSV_WIFI", 3},
    {SPACE "sta.ssid,data,string,a\nsta.pmk,data,u8,1\n", "NVS_KEY_DUPLICATE", 4},
    {HEADER "k,data,u8,1\n", "NVS_NO_NAMESPACE", 2},
    {SPACE ",data,u8,1\n", "NVS_NAME_EMPTY", 3},
    {SPACE "\xC3\xA4,data,u8,1\n", "NVS_NAME_NOT_ASCII", 3},
    {SPACE "0123456789abcdef,data,u8,1\n", "NVS_NAME_TOO_LONG", 3},
    {SPACE "k,data,u8,1\nk,data,u8,1\n", "NVS_KEY_DUPLICATE", 4},
    {SPACE "k,data,blob_fill(30000;0x00),\n", "NVS_FULL", 3},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(BAD) / sizeof(*BAD); i++) {
        assert_refused_bytes(span_text(BAD[i].text), BAD[i].reason, BAD[i].line);
    }
    static const char NUL[] = SPACE "k,data,string,a\0b\n";
    assert_refused_bytes(span_make(NUL, sizeof(NUL) - 1), "NVS_CSV_UTF8", 1);
}

static void test_size_limit(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, NVS_CSV_TEXT_MAX + 1);
    buf_append_fill(&text, '\n', NVS_CSV_TEXT_MAX + 1);
    assert_ok(buf_status(&text));
    assert_refused_bytes(buf_span(&text), "NVS_CSV_SIZE", 1);
    buf_done(&text);
}

/* The line number survives a path that the field cannot hold. */
static void test_long_path(void **state)
{
    (void)state;
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    struct problem problem = {0};
    char name[300];
    memset(name, 'd', sizeof(name));
    (void)snprintf(name + 200, sizeof(name) - 200, "/factory.csv");
    assert_ok(nvs_writer_new(SIZE, NVS_VERSION_2, &writer, NULL));
    assert_int_equal(add_text(name, span_text(SPACE "k,data,u8,x\n"), writer, &problem),
                     STATUS_INVALID);
    assert_non_null(strstr(problem.field, "/factory.csv:3"));
    assert_true(strncmp(problem.field, "...", 3) == 0);
}

static void test_accepted(void **state)
{
    (void)state;
    static const char TEXT[] =
        "\n# blank lines and comments may stand anywhere\n" SPACE "a,data,u8, 7 ,,\n"
        "b,file,u16,number\n"
        "c,file,string,ascii\n"
        "d,data,base64,QU JD\n"
        "s,namespace\n" /* known: the rest of the row is not needed */
        "e,data,i8,-0\n"
        "# no newline at the end";
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    assert_ok(nvs_writer_new(SIZE, NVS_VERSION_2, &writer, NULL));
    assert_ok(add_text("x.csv", span_text(TEXT), writer, NULL));
    assert_ok(nvs_writer_finish(writer, &image));
    assert_ok(nvs_reader_new(buf_span(&image), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), 5);
    assert_int_equal(nvs_reader_find(reader, "s", "a")->integer, 7);
    assert_int_equal(nvs_reader_find(reader, "s", "b")->integer, 42);
    assert_span_equal(nvs_reader_find(reader, "s", "c")->bytes, span_text("plain"));
    assert_span_equal(nvs_reader_find(reader, "s", "d")->bytes, span_text("ABC"));
    assert_int_equal(nvs_reader_find(reader, "s", "e")->integer, 0);
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"",
                                       "a",
                                       "\xC2\x80",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF"};
    static const char *const WRONG[] = {"\x80",
                                        "\xC1\xBF",
                                        "\xC3",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xE2\x82",
                                        "\xE2\x28\xA1",
                                        "\xF0\x90\x80"};
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(*GOOD); i++) {
        assert_true(utf8_is_text(span_text(GOOD[i])));
    }
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
        assert_false(utf8_is_text(span_text(WRONG[i])));
    }
    assert_false(utf8_is_text(span_make("a\0", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_long_path), cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A signed statement as a file: written, read, and everything that is none. */
#include "lib/approval/file.h"

#include "tests/support/test.h"

static const char TEXT[] = "mintmark statement v1\nact: propose\n";

static struct buf file_of(struct span signature)
{
    struct buf content;
    buf_init(&content, APPROVAL_FILE_MAX);
    assert_ok(approval_file_write(span_text(TEXT), signature, &content));
    return content;
}

static void test_again(void **state)
{
    (void)state;
    struct span text;
    AUTO(buf_done) struct buf content = file_of(span_text("\x30\x01\xff"));
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, APPROVAL_SIGNATURE_MAX);
    assert_ok(approval_file_read(buf_span(&content), &text, &signature, NULL));
    assert_true(span_equal(text, span_text(TEXT)));
    assert_true(span_equal(buf_span(&signature), span_text("\x30\x01\xff")));
    assert_true(span_equal(span_make(content.data + content.size - 18, 18),
                           span_text("signature: 3001ff\n")));
}

static void assert_none(struct span content)
{
    struct span text;
    struct problem problem = {0};
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, APPROVAL_SIGNATURE_MAX);
    assert_int_equal(approval_file_read(content, &text, &signature, &problem), STATUS_MALFORMED);
    assert_string_equal(problem.reason, "STATEMENT_FILE");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "",
        "\n",
        "signature",
        "text\nsignature: 3001ff",
        "text\nsignature: 3001f\n",
        "text\nsignature: 3001fx\n",
        "text\nSignature: 3001ff\n",
        "text\nsignature: 3001ff\n\n",
        "text\nsignature: 3001ff \n",
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_none(span_text(CASES[i]));
    }
    uint8_t large[APPROVAL_SIGNATURE_MAX + 1] = {0x30};
    AUTO(buf_done) struct buf content;
    buf_init(&content, 2 * APPROVAL_FILE_MAX);
    assert_int_equal(approval_file_write(span_text(TEXT), SPAN_OF(large), &content),
                     STATUS_TOO_LARGE);
    buf_append_text(&content, "text\nsignature: ");
    buf_append_fill(&content, '0', (size_t)2 * (APPROVAL_SIGNATURE_MAX + 1));
    buf_append_text(&content, "\n");
    assert_none(buf_span(&content));
    buf_clear(&content);
    buf_append_fill(&content, '\n', APPROVAL_FILE_MAX);
    buf_append_text(&content, "signature: 00\n");
    assert_none(buf_span(&content));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "client/diff.h"

#include "tests/support/test.h"

static void check(const char *before, const char *after, const char *expected)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, 65536);
    assert_ok(diff_append(span_text(before), span_text(after), &text));
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data == NULL ? (const uint8_t *)"" : text.data, expected, text.size);
}

static void test_diff(void **state)
{
    (void)state;
    check("", "", "");
    check("", "a\nb\n", "+ a\n+ b\n");
    check("a\n", "", "- a\n");
    check("a\nb\nc\n", "a\nb\nc\n", "  a\n  b\n  c\n");
    check("a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n");
    check("a\nb\n", "b\nc\n", "- a\n  b\n+ c\n");
    check("a", "a\nb", "  a\n+ b\n");
    check("x\n\ny\n", "x\ny\n", "  x\n- \n  y\n");
}

/* Every line of the new text is there, in order, whatever the old one was. */
static void test_whole(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int round = 0; round < 300; round++) {
        char texts[2][128];
        char kept[2][128] = {"", ""};
        for (int t = 0; t < 2; t++) {
            size_t lines = (seed = seed * 1103515245u + 12345u) >> 16 & 15;
            texts[t][0] = '\0';
            for (size_t i = 0; i < lines; i++) {
                seed = seed * 1103515245u + 12345u;
                strcat(texts[t], seed >> 16 & 1 ? "a\n" : seed >> 17 & 1 ? "b\n" : "c\n");
            }
        }
        AUTO(buf_done) struct buf text;
        buf_init(&text, 65536);
        assert_ok(diff_append(span_text(texts[0]), span_text(texts[1]), &text));
        for (size_t at = 0; at < text.size; at += 4) {
            char line[3] = {(char)text.data[at + 2], '\n', '\0'};
            strcat(kept[0], text.data[at] == '+' ? "" : line);
            strcat(kept[1], text.data[at] == '-' ? "" : line);
        }
        assert_string_equal(kept[0], texts[0]);
        assert_string_equal(kept[1], texts[1]);
    }
}

static void test_limit(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf lines;
    AUTO(buf_done) struct buf text;
    buf_init(&lines, 65536);
    buf_init(&text, 65536);
    buf_append_fill(&lines, '\n', DIFF_LINES_MAX + 1);
    assert_int_equal(diff_append(buf_span(&lines), span_text("a"), &text), STATUS_TOO_LARGE);
    assert_int_equal(diff_append(span_text("a"), buf_span(&lines), &text), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

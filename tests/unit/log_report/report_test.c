/* What the report's page is written with: text that cannot become markup, tables that end, charts,
 * counters that do not grow for ever. */
#include <stdio.h>

#include "client/log/chart.h"
#include "client/log/html.h"
#include "client/log/tally.h"
#include "tests/support/test.h"

#define NARROW "\xE2\x80\xAF"

static const char *page_text(struct buf *page)
{
    assert_ok(buf_status(page));
    buf_append_byte(page, '\0');
    return (const char *)page->data;
}

static void assert_text(const char *text, const char *wanted)
{
    AUTO(buf_done) struct buf page;
    buf_init(&page, 64 * 1024);
    html_text(&page, span_text(text));
    assert_string_equal(page_text(&page), wanted);
}

static void test_text(void **state)
{
    (void)state;
    assert_text("WO-4711 über 灯", "WO-4711 über 灯");
    assert_text("<script>x()</script>", "&lt;script&gt;x()&lt;/script&gt;");
    assert_text("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;");
    assert_text("a\nb\x1b[31m\xC2\x9B", "a b [31m ");
    assert_text("op\xE2\x80\xAE"
                "1-po",
                "op[U+202E]1-po");
    assert_text("a\xE2\x80\x8B"
                "b\xF3\xA0\x80\xA1",
                "a[U+200B]b[U+E0021]");
    assert_text("a\xFF\xC0\x80", "a???");
}

static void test_text_is_cut(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf page;
    buf_init(&text, 64 * 1024);
    buf_init(&page, 64 * 1024);
    buf_append_fill(&text, 'x', 2 * (size_t)HTML_TEXT_MAX);
    html_text(&page, buf_span(&text));
    assert_int_equal(page.size, HTML_TEXT_MAX - 1);
}

static void test_numbers(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf page;
    buf_init(&page, 4096);
    html_number(&page, 0);
    html_markup(&page, "|");
    html_number(&page, 999);
    html_markup(&page, "|");
    html_number(&page, 1234567);
    html_markup(&page, "|");
    html_time(&page, 1795939200123);
    html_markup(&page, "|");
    html_day(&page, 1795939200123);
    assert_string_equal(page_text(&page),
                        "0|999|1" NARROW "234" NARROW "567|2026-11-29 08:00:00|2026-11-29");
}

static void test_table(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf page;
    buf_init(&page, 4096);
    struct html_table table = html_table_begin(&page, "Orders", "tn", "Order|Units", 2);
    for (unsigned i = 0; i < 1237; i++) {
        if (html_table_row(&table)) {
            html_cell_text(&table, "<b>");
            html_cell_number(&table, i);
        }
    }
    html_table_end(&table);
    const char *text = page_text(&page);
    assert_non_null(
        strstr(text, "<th scope=\"col\">Order</th><th scope=\"col\" class=\"n\">Units"));
    assert_non_null(strstr(text, "<th scope=\"row\" class=\"k\">&lt;b&gt;</th>"
                                 "<td class=\"n\">1</td></tr>\n</tbody>"));
    assert_non_null(strstr(text, "and 1" NARROW "235 more"));
}

static void test_empty_table(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf page;
    buf_init(&page, 4096);
    struct html_table table = html_table_begin(&page, "Orders", "tnn", "Order|Units|Open", 2);
    html_table_end(&table);
    const char *text = page_text(&page);
    assert_non_null(strstr(text, "<td colspan=\"3\" class=\"none\">none</td>"));
    assert_null(strstr(text, "more"));
}

static void test_charts(void **state)
{
    (void)state;
    const struct chart chart = {"c", "Orders", {"flashed", "open"}, .series_count = 2};
    struct chart_item items[2] = {{"<WO>", {3, 0}},
                                  {"a name that is longer than its place", {1, 4}}};
    AUTO(buf_done) struct buf page;
    buf_init(&page, 64 * 1024);
    chart_bars(&page, &chart, items, 2);
    chart_columns(&page, &chart, items, 2);
    chart_columns(&page, &chart, items, 0);
    const char *text = page_text(&page);
    assert_non_null(strstr(text, "<title>&lt;WO&gt;: 3 flashed</title>"));
    assert_null(strstr(text, "0 open"));
    assert_non_null(strstr(text, ">a name that is longer than i…</text>"));
    assert_non_null(strstr(text, "<i class=\"s1\"></i>open</li>"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "<WO>"));
}

static void test_tally(void **state)
{
    (void)state;
    struct tally tally = {0};
    struct tally_row *row = NULL;
    char text[8];
    char name[64];
    for (unsigned i = 0; i < TALLY_ROWS_MAX + 5u; i++) {
        (void)snprintf(name, sizeof(name), "name-%05u%cpart", i, TALLY_PART);
        assert_ok(tally_row(&tally, name, &row));
        if (row != NULL) {
            row->counts[0] = i % 100;
        }
    }
    assert_int_equal(tally.count, TALLY_ROWS_MAX);
    assert_int_equal(tally.left_out, 5);
    assert_null(row);
    assert_null(tally_find(&tally, name));
    assert_ok(tally_row(&tally, "name-00042\x1Fpart", &row));
    assert_int_equal(row->counts[0], 42);
    tally_part(row, 1, text, sizeof(text));
    assert_string_equal(text, "part");
    tally_part(row, 0, text, sizeof(text));
    assert_string_equal(text, "name-00"); /* cut */
    tally_part(row, 2, text, sizeof(text));
    assert_string_equal(text, "");
    tally_sort_counts(&tally);
    assert_string_equal(tally.rows[0].name, "name-00099\x1Fpart");
    assert_string_equal(tally.rows[1].name, "name-00199\x1Fpart");
    tally_done(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),        cmocka_unit_test(test_text_is_cut),
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_table),
        cmocka_unit_test(test_empty_table), cmocka_unit_test(test_charts),
        cmocka_unit_test(test_tally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

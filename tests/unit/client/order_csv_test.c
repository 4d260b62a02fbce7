#include "client/admin/order_csv.h"

#include "tests/support/test.h"

#define HEADER "order,product,quantity,overage,lines,not_before,not_after\n"

static void test_rows(void **state)
{
    (void)state;
    static const char TEXT[] = HEADER "WO-1,a19-lamp/white,1000,2%,line1;line2,,2026-11-27\r\n"
                                      "# a note\n"
                                      "\n"
                                      "\"WO-2\",b@3,0x10,,,2026-11-20,\n";
    AUTO(order_csv_done) struct order_csv csv;
    Mintmark__V1__OrderSpec order;
    struct problem problem = {0};
    bool found = false;
    assert_ok(order_csv_open(&csv, "o.csv", span_text(TEXT), &problem));
    assert_ok(order_csv_next(&csv, &order, &found, &problem));
    assert_true(found);
    assert_string_equal(order.order, "WO-1");
    assert_string_equal(order.product, "a19-lamp/white");
    assert_int_equal(order.quantity, 1000);
    assert_string_equal(order.overage, "2%");
    assert_int_equal(order.n_lines, 2);
    assert_string_equal(order.lines[0], "line1");
    assert_string_equal(order.lines[1], "line2");
    assert_string_equal(order.not_before, "");
    assert_string_equal(order.not_after, "2026-11-27");
    assert_int_equal(order.product_revision, 0);
    assert_ok(order_csv_next(&csv, &order, &found, &problem));
    assert_true(found);
    assert_string_equal(order.order, "WO-2");
    assert_int_equal(order.quantity, 16);
    assert_int_equal(order.n_lines, 0);
    assert_string_equal(order.not_before, "2026-11-20");
    assert_ok(order_csv_next(&csv, &order, &found, &problem));
    assert_false(found);
}

static void test_columns(void **state)
{
    (void)state;
    AUTO(order_csv_done) struct order_csv csv;
    Mintmark__V1__OrderSpec order;
    struct problem problem = {0};
    bool found = false;
    assert_ok(
        order_csv_open(&csv, "o.csv", span_text("quantity,order,product\n5,WO,lamp"), &problem));
    assert_ok(order_csv_next(&csv, &order, &found, &problem));
    assert_string_equal(order.order, "WO");
    assert_string_equal(order.product, "lamp");
    assert_int_equal(order.quantity, 5);
    assert_string_equal(order.overage, "");
}

static const struct refusal {
    const char *text;
    const char *reason;
    const char *field;
} REFUSALS[] = {
    {"", "ORDER_CSV_HEADER", "o.csv:0"},
    {"order,product\n", "ORDER_CSV_HEADER", "o.csv:1"},
    {"order,product,quantity,order\n", "ORDER_CSV_HEADER", "o.csv:1"},
    {"order,product,quantity,price\n", "ORDER_CSV_HEADER", "o.csv:1"},
    {HEADER "WO-1,lamp,1000\n", "ORDER_CSV_ROW", "o.csv:2"},
    {HEADER "WO-1,lamp,,,,,\n", "NUMBER", "o.csv:2 quantity"},
    {HEADER "WO-1,lamp,010,,,,\n", "NUMBER", "o.csv:2 quantity"},
    {HEADER "WO-1,lamp,4294967296,,,,\n", "NUMBER", "o.csv:2 quantity"},
    {HEADER "WO-1,lamp,1,,line1;,,\n", "ORDER_CSV_LINES", "o.csv:2"},
    {HEADER "WO-1,lamp,1,,;,,\n", "ORDER_CSV_LINES", "o.csv:2"},
    {HEADER "WO-1,\"lamp,1\n", "NVS_CSV_QUOTE", "o.csv:2"},
    {"\xef\xbb\xbf" HEADER, "NVS_CSV_BOM", "o.csv:0"},
    {HEADER "WO-1,lamp,1,\xff,,,\n", "NVS_CSV_UTF8", "o.csv:0"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
        AUTO(order_csv_done) struct order_csv csv;
        Mintmark__V1__OrderSpec order;
        struct problem problem = {0};
        bool found = false;
        status_t status = order_csv_open(&csv, "o.csv", span_text(REFUSALS[i].text), &problem);
        if (status == STATUS_OK) {
            status = order_csv_next(&csv, &order, &found, &problem);
        }
        assert_int_not_equal(status, STATUS_OK);
        assert_string_equal(problem.reason, REFUSALS[i].reason);
        assert_string_equal(problem.field, REFUSALS[i].field);
    }
}

static status_t count_rows(struct span text, size_t *ret_count, struct problem *problem)
{
    AUTO(order_csv_done) struct order_csv csv;
    bool found = true;
    *ret_count = 0;
    TRY(order_csv_open(&csv, "o.csv", text, problem));
    while (found) {
        Mintmark__V1__OrderSpec order;
        TRY(order_csv_next(&csv, &order, &found, problem));
        *ret_count += found ? 1 : 0;
    }
    return STATUS_OK;
}

static void test_limits(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf text;
    struct problem problem = {0};
    size_t count = 0;
    buf_init(&text, 1 << 20);
    buf_append_text(&text, HEADER);
    for (int i = 0; i < ORDER_CSV_ROWS_MAX; i++) {
        buf_append_text(&text, "WO-1,lamp,1,,,,\n");
    }
    assert_ok(count_rows(buf_span(&text), &count, &problem));
    assert_int_equal(count, ORDER_CSV_ROWS_MAX);
    buf_append_text(&text, "WO-1,lamp,1,,,,\n");
    assert_int_equal(count_rows(buf_span(&text), &count, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "ORDER_CSV_ROWS");
    buf_clear(&text);
    buf_append_text(&text, HEADER "WO-1,lamp,1,,l");
    for (int i = 0; i < ORDER_CSV_LINES_MAX; i++) {
        buf_append_text(&text, ";l");
    }
    buf_append_text(&text, ",,\n");
    assert_int_equal(count_rows(buf_span(&text), &count, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "ORDER_CSV_LINES");
    buf_clear(&text);
    buf_append_text(&text, HEADER "WO-1,lamp,1,,");
    buf_append_fill(&text, 'l', ORDER_CSV_VALUE_MAX);
    buf_append_text(&text, ",,\n");
    assert_int_equal(count_rows(buf_span(&text), &count, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "ORDER_CSV_LINES");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

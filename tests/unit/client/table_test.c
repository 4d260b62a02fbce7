#include "client/table.h"

#include "tests/support/test.h"

static const char *const HEADER[] = {"NAME", "N", "WHAT", NULL};

static void check(const struct table *table, const char *expected)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, 65536);
    assert_ok(table_write(table, &text));
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

static void test_table(void **state)
{
    (void)state;
    AUTO(table_done) struct table table;
    table_init(&table, HEADER);
    check(&table, "NAME  N  WHAT\n");
    table_add(&table, "Zażółć");
    table_print(&table, "%d", 1000);
    table_add(&table, "");
    table_add(&table, "b\x1b[2J");
    table_add(&table, "\xff");
    table_add(&table, "x");
    check(&table, "NAME      N     WHAT\n"
                  "Zażółć    1000  \n"
                  "b\\x1B[2J  ?     x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

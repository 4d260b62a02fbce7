/* Order data: how much of it there may be, and which day seals it. */
#include "lib/matter/spake2p.h"
#include "server/rpc/order_data.h"
#include "tests/unit/change/rows.h"

/* ---- rows ---- */

static void test_no_more_than_the_order_can_use(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    AUTO(sent_done) struct sent two = {.count = 0};
    AUTO(sent_done) struct sent all = {.count = 0};
    for (unsigned i = 0; i < 19; i++) {
        rows_add(&sent, i, NULL, NULL);
    }
    rows_have(&sent);
    rows_add(&two, 20, NULL, NULL);
    rows_add(&two, 21, NULL, NULL);
    rows_expect(&two, "ORDER_DATA_MANY");
    rows_add(&all, 20, NULL, NULL);
    rows_have(&all);
    Mintmark__V1__OrderDataPage page = rows_page(&two);
    page.n_rows = 1;
    assert_string_equal(rows_send(&page), "ORDER_DATA_MANY");
}

/* Between upload and signature others may have imported theirs. */
static void test_room_is_asked_again(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_expect(&sent, "");
    rows_execute("update work_order set counted = 20 where id = 'WO-7'");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ORDER_DATA_MANY");
}

/* ---- bytes ---- */

static void expect_bytes(int64_t staged, const char *order, const char *reason)
{
    char sql[160];
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_expect(&sent, "");
    rows_add(&sent, 2, NULL, NULL);
    (void)snprintf(sql, sizeof(sql),
                   "update work_order set data_staged = data_staged + %lld where id = '%s'",
                   (long long)staged, order);
    rows_execute(sql);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    page.first_row = 1;
    page.rows++;
    page.n_rows = 1;
    assert_string_equal(rows_send(&page), reason);
    (void)snprintf(sql, sizeof(sql),
                   "update work_order set data_staged = data_staged - %lld where id = '%s'",
                   (long long)staged, order);
    rows_execute(sql);
    rows_upload[15]++;
}

static void test_bytes_are_bounded(void **state)
{
    (void)state;
    expect_bytes(1024, "WO-7", "");
    expect_bytes(STORE_DATA_UPLOAD_BYTES_MAX - 100, "WO-7", "UPLOAD_BYTES");
    expect_bytes(STORE_DATA_UPLOAD_BYTES_MAX - 100, "WO-1", "");
    expect_bytes(STORE_DATA_STAGED_BYTES_MAX - 100, "WO-1", "STAGED_BYTES");
}

static const char COUNTED[] =
    "select (select sum(data_staged) from work_order) = (select "
    "coalesce(sum(length(sealed)), 0) from order_row join order_sealed on "
    "row = id where change_id is null) and not exists (select day, "
    "secrets from seal_day where secrets > 0 except select seal_day, "
    "count(*) from order_row where taken_by is null group by seal_day)";

static void test_bytes_are_counted(void **state)
{
    (void)state;
    bool more = false;
    struct problem problem = {0};
    AUTO(sent_done) struct sent sent = {.count = 0};
    for (unsigned i = 0; i < 5; i++) {
        rows_add(&sent, i, NULL, NULL);
    }
    rows_expect(&sent, "");
    assert_true(rows_order().data_staged > 5 * 32);
    assert_int_equal(rows_number(COUNTED), 1);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    page.first_row = 3;
    page.n_rows = 1;
    assert_string_equal(rows_send(&page), ""); /* two go, one comes */
    assert_int_equal(rows_number(COUNTED), 1);
    rows_upload[15]++;
    rows_expect(&sent, "");
    assert_int_equal(rows_number("select count(*) from order_row"), 5);
    assert_int_equal(rows_number(COUNTED), 1);
    rows_have(&sent);
    assert_int_equal(rows_order().data_staged, 0);
    rows_expect(&sent, "");
    factory_clock_offset_ms = ISSUE_DATA_STAGED_MS + 1000;
    assert_ok(issue_data_upkeep(&rows_desk.worker.environment, &more, &problem));
    assert_true(more);
    assert_int_equal(rows_order().data_staged, 0);
    assert_int_equal(rows_number(COUNTED), 1);
}

/* More than one piece: each in a transaction of its own, the last rows first. */
static void test_staged_rows_go_in_pieces(void **state)
{
    (void)state;
    bool more = false;
    struct problem problem = {0};
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 0, NULL, NULL);
    rows_expect(&sent, "");
    rows_execute("with recursive n (n) as (select 1 union all select n + 1 from n where n < 2499) "
                 "insert into order_row (work_order, upload, number, unit_id, hardware_id, "
                 "serial_number, vendor_id, sha256, seal_day, bytes, staged_ms) select "
                 "work_order, upload, n, '', '', '', vendor_id, sha256, seal_day, bytes, "
                 "staged_ms from order_row, n; insert into order_sealed select id, zeroblob(bytes) "
                 "from order_row where number > 0; update seal_day set secrets = secrets + 2499; "
                 "update work_order set data_staged = data_staged * 2500");
    factory_clock_offset_ms = ISSUE_DATA_STAGED_MS + 1000;
    assert_ok(issue_data_upkeep(&rows_desk.worker.environment, &more, &problem));
    assert_int_equal(rows_number("select count(*) from order_row"), 1500);
    assert_int_equal(rows_number("select max(number) from order_row"), 1499);
    assert_int_equal(rows_number(COUNTED), 1);
    factory_clock_offset_ms = 0;
    rows_upload[15]++;
    rows_expect(&sent, ""); /* another upload takes the rest's place */
    assert_int_equal(rows_number("select count(*) from order_row"), 1);
    assert_int_equal(rows_number(COUNTED), 1);
}

/* ---- work ---- */

enum { HARD_ITERATIONS = 100000, HARD_ROWS = 13 };

/* Verifiers that take long: the page ends with the one that reaches the limit. */
static void test_a_page_is_bounded_by_its_work(void **state)
{
    (void)state;
    static const uint8_t SALT[16] = "a salt of 16 by";
    static struct unit_supplied row;
    uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
    AUTO(sent_done) struct sent sent = {.count = 0};
    desk_have_product(&rows_desk, "v19",
                      "commissioning: {passcode: supplied, verifier: supplied}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-9", "v19", 20);
    spec.product_revision = 1;
    desk_change(&rows_desk, "order", &spec.base);
    rows_order_id = "WO-9";
    row = (struct unit_supplied){.passcode = {true, ROWS_PASSCODE},
                                 .iterations = {true, HARD_ITERATIONS},
                                 .salt = SPAN_OF(SALT),
                                 .verifier = SPAN_OF(verifier)};
    assert_ok(matter_spake2p_verifier(ROWS_PASSCODE, row.salt, HARD_ITERATIONS, verifier));
    for (unsigned i = 0; i < HARD_ROWS; i++) {
        rows_add_supplied(&sent, &row);
    }
    rows_expect(&sent, "");
    assert_int_equal(rows_number("select count(*) from order_row"),
                     RPC_ORDER_DATA_WORK_MAX / HARD_ITERATIONS);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    page.first_row = RPC_ORDER_DATA_WORK_MAX / HARD_ITERATIONS;
    page.rows += page.first_row;
    page.n_rows -= page.first_row;
    assert_string_equal(rows_send(&page), "");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    desk_change(&rows_desk, "order-data", &import.base);
    rows_upload[15]++;
}

/* ---- days ---- */

static int64_t stepping_ms;

/* A millisecond later at each look. */
static int64_t stepping_clock(void)
{
    return stepping_ms++;
}

static void test_a_page_over_midnight(void **state)
{
    (void)state;
    struct issue_environment *environment = &rows_desk.worker.environment;
    AUTO(sent_done) struct sent sent = {.count = 0};
    for (unsigned i = 0; i < 20; i++) {
        rows_add(&sent, i, NULL, NULL);
    }
    int64_t day_ms = INT64_C(86400) * 1000;
    stepping_ms = (environment->now_ms() / day_ms + 1) * day_ms - 10;
    environment->clock_offset_ms = stepping_ms - environment->monotonic_ms();
    environment->now_ms = stepping_clock;
    rows_expect(&sent, "");
    assert_int_equal(rows_number("select count(distinct seal_day) from order_row"), 2);
    assert_int_equal(rows_number(COUNTED), 1);
}

/* ---- amendments ---- */

static void expect_amended(const char *reason)
{
    Mintmark__V1__OrderAmendment message;
    mintmark__v1__order_amendment__init(&message);
    message.order = rpc_unit_borrow_text("WO-7");
    message.product_revision = 2;
    if (reason[0] == '\0') {
        desk_change(&rows_desk, "order-amend", &message.base);
    } else {
        desk_expect_refusal(&rows_desk,
                            desk_look(&rows_desk, &rows_desk.op1, "order-amend", &message.base),
                            reason);
    }
}

/* Rows are checked against the revision that the order has when they come. */
static void test_rows_hold_the_revision(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    desk_have_product(&rows_desk, "a19",
                      "serial_number: supplied\nserial_number_pattern: \"X[0-9]{6}\"\n"
                      "commissioning: {passcode: supplied, spake2p_iterations: 1000}\n");
    rows_add(&sent, 1, NULL, NULL);
    rows_expect(&sent, "");
    expect_amended("AMEND_DATA");
    rows_have(&sent);
    expect_amended("AMEND_DATA");
    rows_execute("delete from order_row; update work_order set data_left = 0, data_staged = 0");
    expect_amended("");
    rows_expect(&sent, "SERIAL_NUMBER_SHAPE");
}

/* A page that was checked when the order was amended. */
static void test_an_amendment_between(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct store_data_row row = {.order = "WO-7", .product_revision = 2};
    (void)snprintf(row.seal_day, sizeof(row.seal_day), "2026-11-22");
    buf_init(&row.sealed, 16);
    buf_append_text(&row.sealed, "x");
    assert_int_equal(store_data_stage(rows_desk.worker.store, &row, 1,
                                      rows_desk.worker.environment.now_ms(), &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "ORDER_CHANGED");
    row.product_revision = 1;
    assert_ok(store_data_stage(rows_desk.worker.store, &row, 1,
                               rows_desk.worker.environment.now_ms(), &problem));
    store_data_row_done(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_more_than_the_order_can_use, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_room_is_asked_again, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_are_bounded, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_are_counted, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_staged_rows_go_in_pieces, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_is_bounded_by_its_work, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_over_midnight, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_rows_hold_the_revision, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_an_amendment_between, rows_set_up, rows_tear_down),
    };
    return cmocka_run_group_tests_name("order data limits", tests, NULL, NULL);
}

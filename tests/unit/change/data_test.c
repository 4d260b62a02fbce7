/* Order data: rows uploaded, and imported by a change of kind "order-data". */
#include "tests/unit/change/rows.h"

/* ---- pages ---- */

static void test_pages_are_refused(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_expect(&sent, "PAGE_ROWS");
    for (unsigned i = 0; i < ROWS_MAX; i++) {
        rows_add(&sent, i, NULL, NULL);
    }
    rows_expect(&sent, "PAGE_ROWS");
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    page.n_rows = 1;
    rows_send_by(&rows_desk.auditor, &page);
    assert_string_equal(rows_desk.reason, "ROLE");
    page.upload.len--;
    assert_string_equal(rows_send(&page), "UPLOAD");
    page = rows_page(&sent);
    page.n_rows = 1;
    page.first_row = STORE_DATA_ROWS_MAX;
    assert_string_equal(rows_send(&page), "UPLOAD_ROWS");
    page.first_row = 1; /* nothing before it */
    assert_string_equal(rows_send(&page), "UPLOAD_UNKNOWN");
    page.first_row = 0;
    page.order = rpc_unit_borrow_text("WO-8");
    assert_string_equal(rows_send(&page), "ORDER_UNKNOWN");
    page.order = rpc_unit_borrow_text("WO-7");
    assert_string_equal(rows_send(&page), "");
    assert_int_equal(rows_order().data_rows, 0); /* nobody has signed for it */
}

static void expect_row(const struct unit_supplied *supplied, const char *reason)
{
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add_supplied(&sent, supplied);
    rows_expect(&sent, reason);
}

static void test_rows_are_refused(void **state)
{
    (void)state;
    static uint8_t much[PRODUCT_ROW_MAX];
    static struct unit_supplied row;
    const struct unit_supplied good = {.serial_number = "S1", .passcode = {true, ROWS_PASSCODE}};
    row = good;
    expect_row(&row, "");
    row.passcode.value = 11111111;
    expect_row(&row, "PASSCODE_FORBIDDEN");
    row = good;
    row.serial_number = NULL;
    expect_row(&row, "SUPPLIED_MISSING");
    row = good;
    row.discriminator.given = true;
    expect_row(&row, "SUPPLIED_UNKNOWN");
    row = good;
    row.dac_key = span_make(much, 32);
    expect_row(&row, "SUPPLIED_UNKNOWN");
    row = good;
    row.unit_id = " ";
    expect_row(&row, "UNIT_ID");
    row = good;
    row.hardware_id = "60:55";
    expect_row(&row, "HARDWARE_ID");
    row = good;
    row.vendor_values[row.vendor_count++] = (struct image_vendor_value){
        .namespace_name = "creds", .key = "id", .encoding = "string", .text = span_text("x")};
    expect_row(&row, "SUPPLIED_UNKNOWN");
    row = good;
    row.expected[row.expected_count++] =
        (struct image_vendor_value){.namespace_name = "chip-factory",
                                    .key = "vendor-id",
                                    .encoding = "u32",
                                    .text = span_text("1")};
    expect_row(&row, "EXPECTED_DIFFERS");
    row.expected[0].text = span_text("65521");
    expect_row(&row, "");
    row = good;
    row.rotating_id = SPAN_OF(much);
    expect_row(&row, "ROW_SIZE");
}

static void test_bytes_are_refused(void **state)
{
    (void)state;
    {
        AUTO(sent_done) struct sent sent = {.count = 0};
        rows_add_bytes(&sent, span_text("\xff\xff\xff"));
        rows_expect(&sent, "MESSAGE_MALFORMED");
    }
    {
        Mintmark__V1__OrderDataRow row;
        uint8_t packed[64];
        AUTO(sent_done) struct sent sent = {.count = 0};
        mintmark__v1__order_data_row__init(&row);
        row.nonce = (ProtobufCBinaryData){31, packed};
        memset(packed, 1, sizeof(packed));
        uint8_t out[64];
        rows_add_bytes(&sent, span_make(out, mintmark__v1__order_data_row__pack(&row, out)));
        rows_expect(&sent, "NONCE");
    }
}

static void test_a_page_can_be_sent_again(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent all = {.count = 0};
    for (unsigned i = 0; i < 5; i++) {
        rows_add(&all, i, NULL, NULL);
    }
    Mintmark__V1__OrderDataPage first = rows_page(&all);
    Mintmark__V1__OrderDataPage second = rows_page(&all);
    first.n_rows = 3;
    second.first_row = 3;
    second.rows += 3;
    second.n_rows = 2;
    assert_string_equal(rows_send(&first), "");
    assert_string_equal(rows_send(&second), "");
    assert_string_equal(rows_send(&second), "");
    assert_string_equal(rows_send(&first), ""); /* which takes the second away */
    Mintmark__V1__OrderDataImport import = rows_import(&all);
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
    assert_string_equal(rows_send(&second), "");
    desk_change(&rows_desk, "order-data", &import.base);
    assert_int_equal(rows_order().data_rows, 5);
    assert_string_equal(rows_send(&first), "UPLOAD_USED");
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
    rows_upload[15]++;
}

/* ---- the change ---- */

static void test_other_rows_are_not_imported(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    AUTO(sent_done) struct sent other = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_add(&sent, 2, NULL, NULL);
    rows_add(&other, 1, NULL, NULL); /* the same values under another nonce */
    rows_add(&other, 2, NULL, NULL);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    assert_string_equal(rows_send(&page), "");
    Mintmark__V1__OrderDataImport import = rows_import(&other);
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
    import = rows_import(&sent);
    import.rows = 1;
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
    import.rows = 2;
    desk_expect_refusal(&rows_desk,
                        desk_propose(&rows_desk, &rows_desk.op1, "order-data", &import.base,
                                     (struct desk_wrong){.content = true}),
                        "STATEMENT_CONTENT");
    rows_upload[0] ^= 1; /* another rows_upload begins: the first one is gone */
    page = rows_page(&other);
    assert_string_equal(rows_send(&page), "");
    rows_upload[0] ^= 1;
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
    assert_int_equal(rows_order().data_rows, 0);
}

static void expect_taken(unsigned number, const char *unit_id, const char *chip)
{
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 900, NULL, NULL);
    rows_add(&sent, number, unit_id, chip);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    assert_string_equal(rows_send(&page), "");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ORDER_DATA_TAKEN");
}

static void test_what_is_there_is_taken(void **state)
{
    (void)state;
    char mac[] = "60:55:f9:00:00:01";
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, "U1", NULL);
    rows_add(&sent, 2, NULL, mac);
    rows_have(&sent);
    expect_taken(1, NULL, NULL);
    expect_taken(3, "U1", NULL);
    expect_taken(3, NULL, mac);
    expect_taken(900, NULL, NULL); /* as the row before it */
    struct problem problem = {0};
    AUTO(issue_result_done) struct issue_result result = {0};
    struct issue_request request = factory_request("60:55:f9:00:00:09");
    request.order = "WO-7";
    request.unit_id = "U1";
    assert_ok(issue_unit(&rows_desk.worker.environment, &request, &result, &problem));
    expect_taken(3, "U1", NULL); /* its row is gone, the unit lives */
    expect_taken(3, NULL, "60:55:f9:00:00:09");
    assert_int_equal(rows_order().data_rows, 2);
}

static void test_a_closed_order_takes_none(void **state)
{
    (void)state;
    char why[] = "done";
    bool more = false;
    struct problem problem = {0};
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_have(&sent);
    Mintmark__V1__OrderAct act;
    mintmark__v1__order_act__init(&act);
    act.order = rpc_unit_borrow_text("WO-7");
    act.reason = why;
    desk_change(&rows_desk, "order-close", &act.base);
    rows_expect(&sent, "ORDER_CLOSED");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ORDER_CLOSED");
    assert_ok(issue_data_upkeep(&rows_desk.worker.environment, &more, &problem));
    assert_true(more);
    assert_int_equal(rows_order().data_left, 0);
    assert_int_equal(rows_order().data_rows, 1);
    /* the values are free again */
    Mintmark__V1__OrderSpec spec = desk_order("WO-8", "a19", 20);
    spec.product_revision = 1;
    desk_change(&rows_desk, "order", &spec.base);
    Mintmark__V1__OrderDataPage page = rows_page(&sent);
    page.order = import.order = spec.order;
    assert_string_equal(rows_send(&page), "");
    desk_change(&rows_desk, "order-data", &import.base);
}

static void test_staged_rows_are_forgotten(void **state)
{
    (void)state;
    bool more = false;
    struct problem problem = {0};
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_expect(&sent, "");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    assert_ok(issue_data_upkeep(&rows_desk.worker.environment, &more, &problem));
    desk_expect_state(&rows_desk, desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                      STATE(VALIDATED));
    factory_clock_offset_ms = ISSUE_DATA_STAGED_MS + 1000;
    assert_ok(issue_data_upkeep(&rows_desk.worker.environment, &more, &problem));
    factory_clock_offset_ms = 0;
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "ROWS_CHANGED");
}

/* Nothing comes in on a clock that nobody can trust. */
static void test_a_set_clock(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_expect(&sent, "");
    Mintmark__V1__OrderDataImport import = rows_import(&sent);
    factory_clock_offset_ms = 2 * ISSUE_CLOCK_JUMP_MS;
    rows_expect(&sent, "CLOCK_JUMP");
    desk_expect_refusal(&rows_desk,
                        desk_look(&rows_desk, &rows_desk.op1, "order-data", &import.base),
                        "CLOCK_JUMP");
    factory_clock_offset_ms = 0;
    desk_change(&rows_desk, "order-data", &import.base);
    rows_upload[15]++;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages_are_refused, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_rows_are_refused, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_are_refused, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_can_be_sent_again, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_other_rows_are_not_imported, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_there_is_taken, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_closed_order_takes_none, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_set_clock, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_staged_rows_are_forgotten, rows_set_up,
                                        rows_tear_down),
    };
    return cmocka_run_group_tests_name("order data", tests, NULL, NULL);
}

/* Order data: rows taken by units. */
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit/draw.h"
#include "tests/unit/change/rows.h"

enum { RACERS = 6, RACE_ROWS = 9 };

/* The serial number that a unit gets, or the reason why it gets none. */
static const char *call(const char *unit_id, const char *chip)
{
    static char said[64];
    struct problem problem = {0};
    struct issue_result result = {0};
    struct issue_request request = factory_request(chip);
    request.order = rows_order_id;
    request.unit_id = unit_id;
    status_t status = issue_unit(&rows_desk.worker.environment, &request, &result, &problem);
    (void)snprintf(said, sizeof(said), "%s",
                   status == STATUS_OK ? result.unit.serial_number : problem.reason);
    if (status == STATUS_OK) {
        assert_int_equal(unit_secrets_of(&result.secrets)->passcode,
                         ROWS_PASSCODE + strtoul(said + 1, NULL, 10));
    }
    issue_result_done(&result);
    return said;
}

#define CHIP(last) "60:55:f9:00:00:" last

static void test_units_take_their_rows(void **state)
{
    (void)state;
    assert_string_equal(call("U1", ""), "ORDER_DATA_MISSING");
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_add(&sent, 2, "U2", NULL);
    rows_add(&sent, 3, NULL, CHIP("03"));
    rows_add(&sent, 4, "U4", CHIP("04"));
    rows_add(&sent, 5, "U5", CHIP("05"));
    rows_have(&sent);
    assert_string_equal(call("U2", CHIP("02")), "S000002");
    assert_string_equal(call("U2", CHIP("02")), "S000002"); /* again: its own */
    assert_string_equal(call("U3", CHIP("03")), "S000003");
    assert_string_equal(call("U4", CHIP("05")), "ORDER_DATA_OTHER"); /* two rows */
    assert_string_equal(call("U4", CHIP("09")), "ORDER_DATA_OTHER"); /* another chip */
    assert_string_equal(call("U9", CHIP("04")), "ORDER_DATA_OTHER"); /* another unit */
    assert_string_equal(call("U4", ""), "S000004");
    assert_string_equal(call("U4", CHIP("09")), "HARDWARE_ID_CHANGED"); /* the row's, for ever */
    assert_string_equal(call("U1", CHIP("01")), "S000001");             /* the next for anybody */
    assert_string_equal(call("U8", CHIP("08")), "ORDER_DATA_MISSING");  /* S5 is somebody's */
    assert_int_equal(rows_order().data_used, 4);
    assert_int_equal(rows_order().data_left, 1);
}

/* Whoever can write the database cannot give a unit another row's values. */
static void test_rows_are_bound_to_their_places(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, "U1", NULL);
    rows_add(&sent, 2, "U2", NULL);
    rows_have(&sent);
    rows_execute("update order_sealed set sealed = (select sealed from order_sealed order by row "
                 "desc limit 1)");
    assert_string_equal(call("U1", ""), "SEAL_BROKEN");
    assert_string_equal(call("U2", ""), "S000002");
}

/* Not possible through imports; whatever the store says, no serial number is a second unit's. */
static void test_a_used_value_is_refused(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, "U1", NULL);
    rows_add(&sent, 2, "U2", NULL);
    rows_have(&sent);
    assert_string_equal(call("U1", ""), "S000001");
    rows_execute("update unit set serial_number = 'S000002'");
    assert_string_equal(call("U2", ""), "ORDER_DATA_USED");
    assert_int_equal(rows_order().data_left, 1);
}

/* What was drawn is drawn again: another unit has it, or a row that waits for its own. */
static void test_a_drawn_value_is_drawn_again(void **state)
{
    (void)state;
    static struct unit_supplied passcode = {.passcode = {true, ROWS_PASSCODE + 3}};
    AUTO(sent_done) struct sent sent = {.count = 0};
    AUTO(sent_done) struct sent other = {.count = 0};
    desk_have_product(&rows_desk, "b19",
                      "serial_number: \"S00000{counter:1}\"\n"
                      "commissioning: {passcode: supplied, spake2p_iterations: 1000}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-8", "b19", 5);
    spec.product_revision = 1;
    desk_change(&rows_desk, "order", &spec.base);
    rows_add(&sent, 1, "U1", NULL);
    rows_add(&sent, 2, "U2", NULL);
    rows_have(&sent);
    assert_string_equal(call("U1", ""), "S000001");
    rows_order_id = "WO-8";
    rows_add_supplied(&other, &passcode);
    rows_have(&other);
    assert_string_equal(call("U8", ""), "S000003");
    rows_order_id = "WO-7";
    assert_string_equal(call("U2", ""), "S000002");
}

/* The configuration has changed since the order was agreed on: nothing is reserved. */
static void test_who_signs_is_asked_again(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    rows_add(&sent, 1, NULL, NULL);
    rows_have(&sent);
    rows_desk.world.catalog.pais[0].bought = true;
    assert_string_equal(call("U1", ""), "PAI_BOUGHT");
    rows_desk.world.catalog.pais[0].bought = false;
    assert_string_equal(call("U1", ""), "S000001");
}

/* A worker of its own. */
static int race(int racer)
{
    int taken = 0;
    struct store *store = NULL;
    if (store_open(rows_desk.world.factory.folder, &store, NULL) != STATUS_OK) {
        return 100;
    }
    rows_desk.worker.environment.store = store;
    for (int i = 0; i < RACE_ROWS; i++) {
        char unit_id[16];
        (void)snprintf(unit_id, sizeof(unit_id), "R%d-%d", racer, i);
        const char *said = call(unit_id, "");
        if (said[0] == 'S') {
            taken++;
        } else if (strcmp(said, "ORDER_DATA_MISSING") != 0) {
            return 101;
        }
        decode_arena_wipe(rows_desk.worker.arena);
    }
    return taken;
}

static void test_racing_workers_take_each_row_once(void **state)
{
    (void)state;
    AUTO(sent_done) struct sent sent = {.count = 0};
    for (unsigned i = 0; i < RACE_ROWS; i++) {
        rows_add(&sent, i, NULL, NULL);
    }
    rows_have(&sent);
    pid_t children[RACERS];
    int taken = 0;
    for (int i = 0; i < RACERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            _exit(race(i));
        }
    }
    for (int i = 0; i < RACERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= RACE_ROWS);
        taken += WEXITSTATUS(status);
    }
    assert_int_equal(taken, RACE_ROWS);
    assert_int_equal(rows_order().data_used, RACE_ROWS);
    assert_int_equal(rows_order().data_left, 0);
    assert_int_equal(rows_order().issued, RACE_ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_units_take_their_rows, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_rows_are_bound_to_their_places, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_used_value_is_refused, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_a_drawn_value_is_drawn_again, rows_set_up,
                                        rows_tear_down),
        cmocka_unit_test_setup_teardown(test_who_signs_is_asked_again, rows_set_up, rows_tear_down),
        cmocka_unit_test_setup_teardown(test_racing_workers_take_each_row_once, rows_set_up,
                                        rows_tear_down),
    };
    return cmocka_run_group_tests_name("order data", tests, NULL, NULL);
}

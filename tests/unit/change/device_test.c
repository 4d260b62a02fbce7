/* Kind "device-scrap". */
#include "lib/base/hex.h"
#include "server/store/device.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;
static char mac[] = "60:55:f9:00:00:01";
static char why[] = "flash defect";
static char record_id[2 * STORE_RECORD_ID_SIZE + 1];

static int set_up(void **state)
{
    (void)state;
    desk_init(&desk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_done(&desk);
    return 0;
}

static void issue(status_t expected)
{
    struct issue_result result;
    struct problem problem;
    struct store_unit unit = {0};
    desk.world.factory.sign_status = expected;
    assert_int_equal(factory_issue(&desk.world.factory, factory_request(mac), &result, &problem),
                     expected);
    desk.world.factory.sign_status = STATUS_OK;
    if (expected == STATUS_OK) {
        issue_result_done(&result);
    }
    assert_ok(store_unit_find(desk.worker.store, mac, &unit));
    hex_encode(SPAN_OF(unit.record_id), record_id);
    store_unit_done(&unit);
}

static Mintmark__V1__DeviceAct act(void)
{
    Mintmark__V1__DeviceAct message;
    mintmark__v1__device_act__init(&message);
    message.unit_id = mac;
    message.record_id = record_id;
    message.reason = why;
    return message;
}

static void test_issued_unit(void **state)
{
    (void)state;
    issue(STATUS_OK);
    Mintmark__V1__DeviceAct message = act();
    desk_change(&desk, "device-scrap", &message.base);
    struct store_order order = factory_order(&desk.world.factory);
    assert_int_equal(order.scrapped, 1);
    assert_int_equal(order.voided, 0);
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "device-scrap", &message.base),
                      STATE(UNCHANGED));
    struct issue_result result;
    struct problem problem;
    assert_int_equal(factory_issue(&desk.world.factory, factory_request(mac), &result, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "SCRAPPED");
}

/* A statement cannot name a unit whose id has blanks: its DAC is named. */
static void test_blanks(void **state)
{
    (void)state;
    struct issue_result result;
    struct problem problem;
    struct store_unit unit = {0};
    struct issue_request request = factory_request(mac);
    char serial[2 * STORE_DAC_SERIAL_SIZE + 1];
    char name[] = "lamp of line 1";
    request.unit_id = name;
    assert_ok(factory_issue(&desk.world.factory, request, &result, &problem));
    issue_result_done(&result);
    assert_ok(store_unit_find(desk.worker.store, name, &unit));
    hex_encode(SPAN_OF(unit.record_id), record_id);
    hex_encode(SPAN_OF(unit.dac_serial), serial);
    store_unit_done(&unit);
    Mintmark__V1__DeviceAct message = act();
    message.unit_id = name;
    static const char *const KINDS[] = {"device-release", "device-scrap"};
    for (size_t i = 0; i < 2; i++) {
        Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, KINDS[i], &message.base);
        assert_non_null(change);
        assert_memory_equal(change->subject, "dac/", 4);
        assert_string_equal(change->subject + 4, serial);
        mintmark__v1__change__free_unpacked(change, NULL);
    }
    desk_change(&desk, "device-scrap", &message.base);
}

/* What was never delivered is void, and the unit is free for another identity. */
static void test_reservation(void **state)
{
    (void)state;
    issue(STATUS_UNAVAILABLE);
    Mintmark__V1__DeviceAct message = act();
    desk_change(&desk, "device-scrap", &message.base);
    struct store_order order = factory_order(&desk.world.factory);
    assert_int_equal(order.scrapped, 0);
    assert_int_equal(order.voided, 1);
    issue(STATUS_OK);
    assert_int_equal(factory_order(&desk.world.factory).counted, 2);
}

static void test_refused(void **state)
{
    (void)state;
    char nobody[] = "60:55:f9:00:00:02";
    char nothing[] = "";
    char other[] = "00112233445566778899aabbccddeeff";
    issue(STATUS_OK);
    Mintmark__V1__DeviceAct message = act();
    message.unit_id = nobody;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "device-scrap", &message.base),
                        "UNIT_UNKNOWN");
    message = act();
    message.record_id = other;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "device-scrap", &message.base),
                        "RECORD_CHANGED");
    message = act();
    message.reason = nothing;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "device-scrap", &message.base),
                        "REASON");
    message = act();
    desk_expect_refusal(&desk, desk_look(&desk, &desk.auditor, "device-scrap", &message.base),
                        "ROLE");
    assert_int_equal(factory_order(&desk.world.factory).scrapped, 0);
}

/* The unit was reported between the look and the act. */
static void test_state_has_moved(void **state)
{
    (void)state;
    struct store_device device;
    struct problem problem = {0};
    issue(STATUS_OK);
    assert_ok(store_device_find(desk.worker.store, mac, "", (struct span){0}, &device));
    device.state = STORE_UNIT_FLASHED;
    int64_t now = desk.worker.environment.now_ms();
    assert_ok(store_begin(desk.worker.store, now, &problem));
    status_t status = store_device_scrap(desk.worker.store, &device, now);
    assert_int_equal(store_end(desk.worker.store, status, &problem), STATUS_ABORTED);
    device.state = STORE_UNIT_RESERVED;
    assert_ok(store_begin(desk.worker.store, now, &problem));
    status = store_device_scrap(desk.worker.store, &device, now);
    assert_int_equal(store_end(desk.worker.store, status, &problem), STATUS_ABORTED);
    assert_int_equal(factory_order(&desk.world.factory).scrapped, 0);
}

int main(void)
{
#define DEVICE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DEVICE_TEST(test_issued_unit),     DEVICE_TEST(test_blanks),
        DEVICE_TEST(test_reservation),     DEVICE_TEST(test_refused),
        DEVICE_TEST(test_state_has_moved),
    };
    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}

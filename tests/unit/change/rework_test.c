/* Kinds "device-release" and "device-rework". */
#include "lib/base/hex.h"
#include "server/issue/report.h"
#include "server/store/device.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;
static char mac[] = "60:55:f9:00:00:01";
static char why[] = "fixture 3 broke down";
static char record_id[2 * STORE_RECORD_ID_SIZE + 1];
static char serial_number[STORE_SERIAL_NUMBER_MAX + 1];

static const char STATION[] = "spiffe://test/station/s1";
static const char OTHER[] = "spiffe://test/station/s2";

/* The factory's token has one PAI, by its own name. */
static status_t (*sign_as_factory)(void *token, const char *pai, struct span tbs,
                                   struct buf *ret_signature, struct problem *problem);

static status_t sign_dac(void *token, const char *pai, struct span tbs, struct buf *ret_signature,
                         struct problem *problem)
{
    assert_string_equal(pai, "acme");
    return sign_as_factory(token, "pai", tbs, ret_signature, problem);
}

static int set_up(void **state)
{
    (void)state;
    char line[] = "line1";
    char *lines[] = {line};
    desk_init(&desk);
    sign_as_factory = desk.worker.environment.sign_dac;
    desk.worker.environment.sign_dac = sign_dac;
    desk_have_product(&desk, "a19", "limits: {per_order: 100, rework: \"25%\"}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 4);
    spec.product_revision = 1;
    spec.lines = lines;
    spec.n_lines = 1;
    desk_change(&desk, "order", &spec.base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_done(&desk);
    return 0;
}

static struct store_order order_now(void)
{
    struct store_order order;
    assert_ok(store_order_get(desk.worker.store, "WO-7", &order));
    return order;
}

static struct store_device device_now(void)
{
    struct store_device device;
    assert_ok(store_device_find(desk.worker.store, mac, "", (struct span){0}, &device));
    hex_encode(SPAN_OF(device.record_id), record_id);
    (void)snprintf(serial_number, sizeof(serial_number), "%s", device.serial_number);
    return device;
}

/* A station calls for the unit; "" when it gets it, else the reason. */
static const char *call_at(const char *order, const char *station, const char *line,
                           struct issue_result *ret_result)
{
    static struct problem problem;
    struct issue_request request = factory_request(mac);
    request.order = order;
    request.identity = station;
    request.line = line;
    problem = (struct problem){0};
    *ret_result = (struct issue_result){0};
    status_t status = issue_unit(&desk.worker.environment, &request, ret_result, &problem);
    return status == STATUS_OK ? "" : problem.reason;
}

static const char *call_for(const char *order, const char *station, const char *line)
{
    struct issue_result result;
    const char *reason = call_at(order, station, line, &result);
    issue_result_done(&result);
    return reason;
}

static void issue(void)
{
    assert_string_equal(call_for("WO-7", STATION, "line1"), "");
    (void)device_now();
}

/* The unit, reserved; its signature never came. */
static void reserve(void)
{
    desk.world.factory.sign_status = STATUS_UNAVAILABLE;
    (void)call_for("WO-7", STATION, "line1");
    desk.world.factory.sign_status = STATUS_OK;
    assert_int_equal(device_now().state, STORE_UNIT_RESERVED);
}

static void flash(void)
{
    struct issue_result result;
    struct span digests[IMAGE_PARTITIONS_MAX];
    struct store_reported reported;
    struct problem problem = {0};
    assert_string_equal(call_at("WO-7", STATION, "line1", &result), "");
    for (size_t i = 0; i < result.set.file_count; i++) {
        digests[i] = SPAN_OF(result.set.files[i].sha256);
    }
    const struct issue_report report = {.identity = STATION,
                                        .line = "line1",
                                        .order = "WO-7",
                                        .unit_id = mac,
                                        .hardware_id = mac,
                                        .record_id = SPAN_OF(result.unit.record_id),
                                        .outcome = STORE_OUTCOME_FLASHED,
                                        .digests = digests,
                                        .digest_count = result.set.file_count,
                                        .slot = "",
                                        .phase = "",
                                        .code = "",
                                        .attempt_id = ""};
    assert_ok(issue_report(&desk.worker.environment, &report, &reported, &problem));
    issue_result_done(&result);
    assert_int_equal(device_now().state, STORE_UNIT_FLASHED);
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

static void expect_refusal(const struct person *caller, const char *kind, const char *reason)
{
    Mintmark__V1__DeviceAct message = act();
    desk_expect_refusal(&desk, desk_look(&desk, caller, kind, &message.base), reason);
}

static void change(const char *kind)
{
    Mintmark__V1__DeviceAct message = act();
    desk_change(&desk, kind, &message.base);
}

static void test_released(void **state)
{
    (void)state;
    issue();
    assert_string_equal(call_for("WO-7", OTHER, "line1"), "DEVICE_ELSEWHERE");
    change("device-release");
    struct store_device before = device_now();
    assert_string_equal(before.station, "");
    Mintmark__V1__DeviceAct message = act();
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "device-release", &message.base),
                      STATE(UNCHANGED));
    assert_string_equal(call_for("WO-7", OTHER, "line2"), "ORDER_UNKNOWN");
    assert_string_equal(call_for("WO-1", OTHER, "line1"), "DEVICE_ELSEWHERE");
    assert_string_equal(call_for("WO-7", OTHER, "line1"), "");
    struct store_device device = device_now();
    assert_string_equal(device.station, OTHER);
    assert_string_equal(device.line, "line1");
    assert_int_equal(device.deliveries, 2);
    assert_memory_equal(device.record_id, before.record_id, sizeof(device.record_id));
    assert_memory_equal(device.set_digest, before.set_digest, sizeof(device.set_digest));
    assert_int_equal(order_now().counted, 1);
    assert_string_equal(call_for("WO-7", STATION, "line1"), "DEVICE_ELSEWHERE");
}

static void test_reservation_released(void **state)
{
    (void)state;
    reserve();
    change("device-release");
    assert_string_equal(call_for("WO-7", OTHER, "line1"), "");
    assert_string_equal(device_now().station, OTHER);
    assert_int_equal(device_now().state, STORE_UNIT_ISSUED);
    assert_int_equal(order_now().counted, 1);
}

/* A paused order's units stay where they are; the taking station has its own limit. */
static void test_not_taken(void **state)
{
    (void)state;
    char order[] = "WO-7";
    Mintmark__V1__OrderAct pause;
    mintmark__v1__order_act__init(&pause);
    pause.order = order;
    pause.reason = why;
    issue();
    change("device-release");
    desk.worker.environment.max_open = 1;
    struct issue_request request = factory_request("60:55:f9:00:00:02");
    struct issue_result result = {0};
    struct problem problem = {0};
    request.order = order;
    request.identity = OTHER;
    assert_ok(issue_unit(&desk.worker.environment, &request, &result, &problem));
    issue_result_done(&result);
    assert_string_equal(call_for(order, OTHER, "line1"), "STATION_OPEN");
    desk_change(&desk, "order-pause", &pause.base);
    assert_string_equal(call_for(order, STATION, "line1"), "ORDER_NOT_OPEN");
    desk_change(&desk, "order-resume", &pause.base);
    assert_string_equal(call_for(order, STATION, "line1"), ""); /* its own place is free again */
}

/* What the first station had stays what it had, for whoever revokes that. */
static void test_revoked_with_its_first_station(void **state)
{
    (void)state;
    char station[] = "spiffe://test/station/s1";
    issue();
    change("device-release");
    assert_string_equal(call_for("WO-7", OTHER, "line1"), "");
    Mintmark__V1__Revocation message;
    mintmark__v1__revocation__init(&message);
    message.station = station;
    message.reason = MINTMARK__V1__REVOCATION_REASON__REVOCATION_REASON_KEY_COMPROMISE;
    Mintmark__V1__Change *looked = desk_look(&desk, &desk.op1, "revoke", &message.base);
    if (looked == NULL) {
        fail_msg("refused: %s", desk.reason);
        return;
    }
    assert_int_equal(looked->state, STATE(VALIDATED));
    mintmark__v1__change__free_unpacked(looked, NULL);
}

/* A result that comes in behind the release is not the unit's. */
static void test_late_result(void **state)
{
    (void)state;
    struct store_unit unit = {0};
    struct problem problem = {0};
    bool recorded = true;
    reserve();
    assert_ok(store_unit_find(desk.worker.store, mac, &unit));
    change("device-release");
    buf_init(&unit.certificate, 16);
    buf_append_byte(&unit.certificate, 1);
    assert_ok(store_unit_record(desk.worker.store, &unit, span_text("{}"),
                                desk.worker.environment.now_ms(), &recorded, &problem));
    assert_false(recorded);
    store_unit_done(&unit);
    assert_string_equal(call_for("WO-7", OTHER, "line1"), "");
    assert_ok(store_unit_find(desk.worker.store, mac, &unit));
    (void)snprintf(unit.station, sizeof(unit.station), "%s", STATION);
    assert_int_equal(store_unit_deliver(desk.worker.store, &unit, span_text("{}"),
                                        desk.worker.environment.now_ms(), &problem),
                     STATUS_ABORTED);
    unit.station[0] = '\0';
    assert_int_equal(store_unit_take(desk.worker.store, &unit, 10, span_text("{}"),
                                     desk.worker.environment.now_ms(), &problem),
                     STATUS_ABORTED);
    store_unit_done(&unit);
}

static void expect_label(const Mintmark__V1__Change *looked)
{
    char wanted[80];
    (void)snprintf(wanted, sizeof(wanted), "REMOVE OLD LABEL: serial %s", serial_number);
    for (size_t i = 0; i < looked->n_findings; i++) {
        if (strcmp(looked->findings[i], wanted) == 0) {
            return;
        }
    }
    fail_msg("no finding %s", wanted);
}

static void test_reworked(void **state)
{
    (void)state;
    flash();
    struct store_device before = device_now();
    Mintmark__V1__DeviceAct message = act();
    Mintmark__V1__Change *looked = desk_look(&desk, &desk.op1, "device-rework", &message.base);
    assert_non_null(looked);
    assert_false(looked->needs_second);
    expect_label(looked);
    mintmark__v1__change__free_unpacked(looked, NULL);
    change("device-rework");
    assert_int_equal(order_now().superseded, 1);
    assert_int_equal(order_now().flashed, 0);
    expect_refusal(&desk.op1, "device-rework", "UNIT_UNKNOWN");
    assert_string_equal(call_for("WO-7", OTHER, "line1"), ""); /* the successor */
    struct store_device after = device_now();
    assert_string_not_equal(after.serial_number, before.serial_number);
    assert_memory_not_equal(after.record_id, before.record_id, sizeof(after.record_id));
    assert_int_equal(order_now().counted, 2);
    assert_int_equal(order_now().issued, 2);
}

/* The second of four is over the 25 % that one person may. */
static void test_over_the_limit(void **state)
{
    (void)state;
    issue();
    change("device-scrap");
    change("device-rework"); /* also what was given up */
    assert_int_equal(order_now().scrapped, 0);
    issue();
    Mintmark__V1__DeviceAct message = act();
    Mintmark__V1__Change *waiting =
        desk_propose(&desk, &desk.op1, "device-rework", &message.base, (struct desk_wrong){0});
    assert_non_null(waiting);
    assert_int_equal(waiting->state, STATE(WAITING));
    assert_int_equal(order_now().superseded, 1);
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op1, waiting, (struct desk_wrong){0}),
                        "APPROVAL_SAME_PERSON");
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, waiting, (struct desk_wrong){0}),
                      STATE(APPLIED));
    mintmark__v1__change__free_unpacked(waiting, NULL);
    assert_int_equal(order_now().superseded, 2);
    issue();
    assert_int_equal(order_now().counted, 3);
}

static void test_no_limits(void **state)
{
    (void)state;
    desk_have_product(&desk, "b20", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-8", "b20", 4);
    spec.product_revision = 1;
    desk_change(&desk, "order", &spec.base);
    assert_string_equal(call_for("WO-8", STATION, "line1"), "");
    (void)device_now();
    Mintmark__V1__DeviceAct message = act();
    Mintmark__V1__Change *looked = desk_look(&desk, &desk.op1, "device-rework", &message.base);
    assert_non_null(looked);
    assert_true(looked->needs_second);
    mintmark__v1__change__free_unpacked(looked, NULL);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refusal(&desk.op1, "device-release", "UNIT_UNKNOWN");
    reserve();
    expect_refusal(&desk.op1, "device-rework", "UNIT_STATE");
    flash();
    expect_refusal(&desk.op1, "device-release", "UNIT_STATE");
    expect_refusal(&desk.auditor, "device-release", "ROLE");
    expect_refusal(&desk.auditor, "device-rework", "ROLE");
    record_id[0] = record_id[0] == '0' ? '1' : '0';
    expect_refusal(&desk.op1, "device-release", "RECORD_CHANGED");
    expect_refusal(&desk.op1, "device-rework", "RECORD_CHANGED");
}

/* It would wait for ever at the station: no serial number is given twice. */
static void test_the_same_serial_number(void **state)
{
    (void)state;
    desk_have_product(&desk, "c20", "serial_number: \"L{mac}\"\n");
    desk_have_product(&desk, "c20", "serial_number: \"L{mac}{random:4}\"\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-8", "c20", 4);
    spec.product_revision = 1;
    desk_change(&desk, "order", &spec.base);
    assert_string_equal(call_for("WO-8", STATION, "line1"), "");
    (void)device_now();
    assert_string_equal(serial_number, "L6055F9000001");
    expect_refusal(&desk.op1, "device-rework", "REWORK_SERIAL");
    Mintmark__V1__OrderAmendment message;
    mintmark__v1__order_amendment__init(&message);
    message.order = spec.order;
    message.product_revision = 2;
    desk_change(&desk, "order-amend", &message.base);
    change("device-rework");
    assert_string_equal(call_for("WO-8", STATION, "line1"), "");
}

/* The unit was reported between the look and the act. */
static void test_state_has_moved(void **state)
{
    (void)state;
    struct problem problem = {0};
    issue();
    struct store_device device = device_now();
    device.state = STORE_UNIT_FLASHED;
    int64_t now = desk.worker.environment.now_ms();
    assert_ok(store_begin(desk.worker.store, now, &problem));
    status_t status = store_device_supersede(desk.worker.store, &device);
    assert_int_equal(store_end(desk.worker.store, status, &problem), STATUS_ABORTED);
    assert_ok(store_begin(desk.worker.store, now, &problem));
    status = store_device_release(desk.worker.store, &device);
    assert_int_equal(store_end(desk.worker.store, status, &problem), STATUS_ABORTED);
    assert_string_equal(device_now().station, STATION);
    assert_int_equal(order_now().superseded, 0);
}

int main(void)
{
#define REWORK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        REWORK_TEST(test_released),
        REWORK_TEST(test_reservation_released),
        REWORK_TEST(test_not_taken),
        REWORK_TEST(test_revoked_with_its_first_station),
        REWORK_TEST(test_late_result),
        REWORK_TEST(test_reworked),
        REWORK_TEST(test_over_the_limit),
        REWORK_TEST(test_no_limits),
        REWORK_TEST(test_refused),
        REWORK_TEST(test_state_has_moved),
        REWORK_TEST(test_the_same_serial_number),
    };
    return cmocka_run_group_tests_name("rework", tests, NULL, NULL);
}

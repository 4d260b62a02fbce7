/* Retention: what is erased when, and never on a clock that cannot be trusted. */
#include "tests/support/test.h"

#include <unistd.h>

#include "server/issue/report.h"
#include "server/issue/upkeep.h"
#include "server/store/erase.h"
#include "tests/support/factory.h"

static const char MAC[] = "60:55:f9:01:a2:10";
static const int64_t DAY_MS = INT64_C(86400) * 1000;

static void sql(struct factory *factory, const char *statement)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "sqlite3 %s/mintmark.db \"%s\"", factory->folder,
                   statement);
    assert_int_equal(system(command), 0);
}

static void expect(struct factory *factory, const char *query, const char *value)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "test \"$(sqlite3 %s/mintmark.db \"%s\")\" = '%s'",
                   factory->folder, query, value);
    if (system(command) != 0) {
        fail_msg("%s is not %s", query, value);
    }
}

/* Time goes by as it does for a server that runs: both clocks. */
static void days_pass(struct factory *factory, int64_t days)
{
    factory_clock_offset_ms += days * DAY_MS;
    factory->environment.clock_offset_ms += days * DAY_MS;
}

static void upkeep(struct factory *factory)
{
    struct problem problem = {0};
    bool more = true;
    for (int i = 0; more; i++) {
        assert_true(i < 100);
        status_t status = issue_upkeep(&factory->environment, &more, &problem);
        if (status != STATUS_OK) {
            fail_msg("%s: %s", problem.reason, problem.message);
        }
    }
}

static void issue_one(struct factory *factory, const char *mac)
{
    struct issue_result result;
    struct problem problem;
    assert_ok(factory_issue(factory, factory_request(mac), &result, &problem));
    issue_result_done(&result);
}

static void refused(struct factory *factory, const char *mac, const char *reason)
{
    struct issue_result result;
    struct problem problem;
    assert_int_equal(factory_issue(factory, factory_request(mac), &result, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, reason);
}

static void begin(struct factory *factory)
{
    factory_clock_offset_ms = 0;
    factory_init(factory, 200);
}

static void end(struct factory *factory)
{
    factory_done(factory);
    factory_clock_offset_ms = 0;
}

static void test_device_secrets_after_the_last_delivery(void **state)
{
    (void)state;
    struct factory factory;
    begin(&factory);
    issue_one(&factory, MAC);
    days_pass(&factory, 6);
    upkeep(&factory);
    issue_one(&factory, MAC); /* delivered again: its time begins anew */
    days_pass(&factory, 6);
    upkeep(&factory);
    issue_one(&factory, MAC);
    days_pass(&factory, 8);
    upkeep(&factory);
    refused(&factory, MAC, "ERASED");
    expect(&factory, "select device is null, codes is not null from secret", "1|1");
    expect(&factory,
           "select content ->> 'erased', content ->> 'count', content ->> 'first_record' = "
           "(select lower(hex(record_id)) from unit) from leaf order by sequence desc limit 1",
           "device_secrets|1|1");
    end(&factory);
}

/* More than one sweep takes at a time; each is one leaf. */
static void test_many_units(void **state)
{
    (void)state;
    struct factory factory;
    begin(&factory);
    for (unsigned i = 0; i < STORE_ERASE_MAX + 6; i++) {
        char mac[18];
        (void)snprintf(mac, sizeof(mac), "60:55:f9:01:b0:%02x", i);
        issue_one(&factory, mac);
    }
    days_pass(&factory, 8);
    upkeep(&factory);
    expect(&factory, "select count(*) from secret where device is not null", "0");
    expect(&factory, "select count(*) from leaf where content ->> 'type' = 'device.erased'", "2");
    end(&factory);
}

static void test_codes_and_salt_after_the_order(void **state)
{
    (void)state;
    struct factory factory;
    char closing[128];
    begin(&factory);
    issue_one(&factory, MAC);
    issue_one(&factory, "60:55:f9:01:a2:14");
    days_pass(&factory, 100);
    upkeep(&factory);
    expect(&factory, "select count(codes) from secret", "2"); /* the order is open */
    (void)snprintf(closing, sizeof(closing), "update work_order set state = 3, closed_ms = %lld",
                   (long long)factory.environment.now_ms());
    sql(&factory, closing);
    days_pass(&factory, 29);
    upkeep(&factory);
    expect(&factory, "select count(codes), (select codes from work_order) from secret", "2|2");
    days_pass(&factory, 2);
    upkeep(&factory);
    expect(&factory, "select count(*), (select codes from work_order) from secret", "0|0");
    expect(&factory, "select count(*) from seal_day", "0");
    expect(&factory, "select content ->> 'type' from leaf order by sequence desc limit 1",
           "salt.destroyed");
    char salts[128];
    (void)snprintf(salts, sizeof(salts), "test -z \"$(ls %s | grep ^20)\"", factory.folder);
    assert_int_equal(system(salts), 0);
    end(&factory);
}

/* What stays of a day keeps its salt. */
static void test_salt_stays_with_what_it_seals(void **state)
{
    (void)state;
    struct factory factory;
    struct store_unit unit = {0};
    begin(&factory);
    issue_one(&factory, MAC);
    days_pass(&factory, 400);
    upkeep(&factory);
    assert_ok(store_unit_find(factory.store, MAC, &unit));
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", factory.folder, unit.seal_day);
    assert_int_equal(access(path, F_OK), 0);
    store_unit_done(&unit);
    end(&factory);
}

/* A reservation nobody came back for; its unit is free for another identity. */
static void test_old_reservations_are_void(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    begin(&factory);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    days_pass(&factory, 6);
    upkeep(&factory);
    assert_int_equal(factory_order(&factory).voided, 0);
    days_pass(&factory, 2);
    upkeep(&factory);
    assert_int_equal(factory_order(&factory).voided, 1);
    expect(&factory, "select count(*), (select codes from work_order) from secret", "0|0");
    expect(&factory, "select count(*) from leaf where content ->> 'type' = 'device.void'", "1");
    expect(&factory, "select open from station_open", "0");
    issue_one(&factory, MAC);
    assert_int_equal(factory_order(&factory).counted, 2);
    assert_int_equal(factory_order(&factory).issued, 1);
    end(&factory);
}

/* The same for a device that has its own key: such a reservation has no secrets. */
static void test_old_requests_are_void(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    struct buf csr;
    begin(&factory);
    factory_csr(&csr);
    factory.product.image.dac_key = IMAGE_DAC_KEY_DEVICE;
    struct issue_request request = factory_request(MAC);
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, request, &result, &problem), STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    days_pass(&factory, 6);
    upkeep(&factory);
    assert_int_equal(factory_order(&factory).voided, 0);
    days_pass(&factory, 2);
    upkeep(&factory);
    assert_int_equal(factory_order(&factory).voided, 1);
    expect(&factory, "select count(*) from leaf where content ->> 'type' = 'device.void'", "1");
    expect(&factory, "select open from station_open", "0");
    buf_done(&csr);
    end(&factory);
}

/* A server that was off for long, or keeps codes for a shorter time than the rest: an order's codes
 * go before its reservation is void. They count once, or no sweep could ever end again. */
static void test_codes_go_before_the_reservation(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    char closing[128];
    begin(&factory);
    factory.environment.retention.codes_ms = DAY_MS;
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    (void)snprintf(closing, sizeof(closing), "update work_order set state = 3, closed_ms = %lld",
                   (long long)factory.environment.now_ms());
    sql(&factory, closing);
    days_pass(&factory, 2);
    upkeep(&factory);
    expect(&factory, "select count(device), count(codes) from secret", "1|0");
    days_pass(&factory, 6);
    upkeep(&factory);
    assert_int_equal(factory_order(&factory).voided, 1);
    expect(&factory, "select count(*), (select codes from work_order) from secret", "0|0");
    end(&factory);
}

static void test_no_sweep_when_the_clock_jumped(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    bool more = false;
    begin(&factory);
    issue_one(&factory, MAC);
    factory_clock_offset_ms = 400 * DAY_MS; /* set forward by hand */
    assert_int_equal(issue_upkeep(&factory.environment, &more, &problem), STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "CLOCK_JUMP");
    factory_clock_offset_ms = 0;
    issue_one(&factory, MAC);

    /* a server started with the clock in the past, after a leaf of today */
    factory.environment.retention.device_ms = -DAY_MS;
    factory_clock_offset_ms = -DAY_MS / 2;
    factory.environment.clock_offset_ms -= DAY_MS / 2;
    assert_int_equal(issue_upkeep(&factory.environment, &more, &problem), STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "CLOCK");
    expect(&factory, "select count(device) from secret", "1");
    end(&factory);
}

/* Between the look and the act another worker delivered: nothing is erased. */
static void test_a_delivery_comes_first(void **state)
{
    (void)state;
    struct factory factory;
    struct store_due due[STORE_ERASE_MAX];
    struct problem problem = {0};
    size_t count = 0;
    begin(&factory);
    issue_one(&factory, MAC);
    days_pass(&factory, 8);
    int64_t before = factory.environment.now_ms() - 7 * DAY_MS;
    assert_ok(store_erase_due_devices(factory.store, before, due, &count));
    assert_int_equal(count, 1);
    issue_one(&factory, MAC);
    const struct store_erasure erasure = {STORE_PART_DEVICE, due, count, before};
    assert_int_equal(store_erase(factory.store, &erasure, span_text("{}"),
                                 factory.environment.now_ms(), &problem),
                     STATUS_ABORTED);
    due[0].state = STORE_UNIT_RESERVED; /* nor is an issued unit voided */
    assert_int_equal(store_erase_void(factory.store, due, span_text("{}"),
                                      factory.environment.now_ms(), &problem),
                     STATUS_ABORTED);
    issue_one(&factory, MAC);
    end(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_secrets_after_the_last_delivery),
        cmocka_unit_test(test_many_units),
        cmocka_unit_test(test_codes_and_salt_after_the_order),
        cmocka_unit_test(test_salt_stays_with_what_it_seals),
        cmocka_unit_test(test_old_reservations_are_void),
        cmocka_unit_test(test_old_requests_are_void),
        cmocka_unit_test(test_codes_go_before_the_reservation),
        cmocka_unit_test(test_no_sweep_when_the_clock_jumped),
        cmocka_unit_test(test_a_delivery_comes_first),
    };
    return cmocka_run_group_tests_name("upkeep", tests, NULL, NULL);
}

/* Serial numbers that count. */
#include <stdio.h>

#include "tests/support/factory.h"
#include "tests/support/test.h"

#define MAC "60:55:f9:01:a2:10"

/* {counter:N}: each unit its own number, the same for a repeat and for a call that goes on where
 * another died; then they are used up. */
static void test_serial_numbers_count(void **state)
{
    (void)state;
    static const char *const macs[] = {"60:55:f9:01:a2:11", "60:55:f9:01:a2:12",
                                       "60:55:f9:01:a2:13"};
    static const char *const wanted[] = {"LMP1", "LMP2", "LMP3"};
    struct factory factory;
    struct issue_result result;
    struct problem problem = {0};
    char mac[18];
    factory_init(&factory, 20);
    factory.product.serial_number_pattern = "LMP{counter:1}";
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(macs[0]), &result, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    for (size_t i = 0; i < 6; i++) {
        assert_ok(factory_issue(&factory, factory_request(macs[i % 3]), &result, &problem));
        assert_string_equal(result.unit.serial_number, wanted[i % 3]);
        issue_result_done(&result);
    }
    for (int i = 4; i < 10; i++) {
        (void)snprintf(mac, sizeof(mac), "60:55:f9:01:a2:2%d", i);
        assert_ok(factory_issue(&factory, factory_request(mac), &result, &problem));
        issue_result_done(&result);
    }
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_EXHAUSTED);
    assert_string_equal(problem.reason, "SERIAL_NUMBER_EXHAUSTED");
    assert_int_equal(factory_order(&factory).counted, 9);
    factory.product.serial_number_pattern = "LMP-{counter:1}"; /* another one begins anew */
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    assert_string_equal(result.unit.serial_number, "LMP-1");
    issue_result_done(&result);
    factory_done(&factory);
}

/* Calls that are refused anyway take no numbers from those that are not. */
static void test_refused_calls_take_no_number(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem = {0};
    factory_init(&factory, 2);
    factory.product.serial_number_pattern = "LMP{counter:1}";
    factory.environment.max_open = 1;
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(
            factory_issue(&factory, factory_request("60:55:f9:01:a2:11"), &result, &problem),
            STATUS_EXHAUSTED);
        assert_string_equal(problem.reason, "STATION_OPEN");
    }
    factory.environment.max_open = 9;
    assert_ok(factory_issue(&factory, factory_request("60:55:f9:01:a2:11"), &result, &problem));
    assert_string_equal(result.unit.serial_number, "LMP2");
    issue_result_done(&result);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(
            factory_issue(&factory, factory_request("60:55:f9:01:a2:12"), &result, &problem),
            STATUS_EXHAUSTED);
        assert_string_equal(problem.reason, "ORDER_EXHAUSTED");
    }
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial_numbers_count),
        cmocka_unit_test(test_refused_calls_take_no_number),
    };
    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}

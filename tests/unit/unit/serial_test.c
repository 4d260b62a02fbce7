/* Serial numbers from patterns: every placeholder, days in the time zone, and every refusal. */
#include <time.h>

#include "lib/unit/serial.h"
#include "tests/support/test.h"

/* 0, 1, 2 … instead of randomness. */
static status_t count(void *context, void *ret_bytes, size_t size)
{
    uint8_t *next = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (*next)++;
    }
    return STATUS_OK;
}

static status_t draw(const char *pattern, int64_t now, const char *hardware_id, char *ret_serial,
                     struct problem *problem)
{
    uint8_t next = 0;
    const struct unit_random counted = {&next, count};
    const struct unit_serial serial = {pattern, &counted, now * 1000, hardware_id, 317};
    return unit_serial_draw(&serial, ret_serial, problem);
}

static void every_placeholder(void **context)
{
    (void)context;
    enum { FRIDAY = 1798761600 }; /* 2027-01-01 00:00 UTC, in week 53 of 2026 */
    static const struct {
        const char *pattern;
        int64_t now;
        const char *wanted;
    } cases[] = {
        {"LMP{random:10}-{random:3}", 0, "LMP0123456789-ABC"},
        {"{random:32}", 0, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"},
        {"LMP{yy}{ww}{random:6}", FRIDAY, "LMP2653012345"},
        {"{yyyy}{mm}{dd}{random:6}", FRIDAY, "20270101012345"},
        {"{yyyy}W{ww}-{random:6}", FRIDAY, "2026W53-012345"},
        {"{yy}{random:2}{random:4}", FRIDAY - 1, "26012345"},
        {"LMP{yy}{ww}{counter:6}", FRIDAY, "LMP2653000317"},
        {"{counter:3}{random:1}", 0, "3170"},
        {"{counter:9}", 0, "000000317"},
        {"S{mac}", 0, "S6055F901A210"},
        {"a}b{mac}", 0, "a}b6055F901A210"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char serial[UNIT_SERIAL_NUMBER_MAX + 1];
        assert_ok(unit_serial_check(cases[i].pattern, NULL));
        assert_ok(draw(cases[i].pattern, cases[i].now, "60:55:f9:01:a2:10", serial, NULL));
        assert_string_equal(serial, cases[i].wanted);
    }
}

static void counters_end(void **context)
{
    (void)context;
    char serial[UNIT_SERIAL_NUMBER_MAX + 1];
    struct problem problem = {0};
    assert_int_equal(draw("S{counter:2}", 0, "", serial, &problem), STATUS_EXHAUSTED);
    assert_string_equal(problem.reason, "SERIAL_NUMBER_EXHAUSTED");
    assert_int_equal(unit_serial_counter_last("S{counter:2}"), 99);
    assert_int_equal(unit_serial_counter_last("{yy}{counter:9}"), 999999999);
    assert_int_equal(unit_serial_counter_last("S{random:16}"), 0);
    assert_int_equal(unit_serial_counter_last("counter:6"), 0);
    assert_int_equal(unit_serial_counter_last("{counter:x}"), 0);
}

static void days_are_the_sites(void **context)
{
    (void)context;
    char serial[UNIT_SERIAL_NUMBER_MAX + 1];
    assert_int_equal(setenv("TZ", "Asia/Shanghai", 1), 0);
    tzset();
    assert_ok(draw("{yyyy}{mm}{dd}", 1798761600 - 3600, "", serial, NULL));
    assert_string_equal(serial, "20270101");
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    tzset();
    assert_ok(draw("{yyyy}{mm}{dd}", 1798761600 - 3600, "", serial, NULL));
    assert_string_equal(serial, "20261231");
}

static void refusals(void **context)
{
    (void)context;
    static const struct {
        const char *pattern;
        const char *reason;
    } cases[] = {
        {"{random:0}", "SERIAL_NUMBER_PATTERN"},
        {"{random:33}", "SERIAL_NUMBER_PATTERN"},
        {"{random:x}", "SERIAL_NUMBER_PATTERN"},
        {"{random:}", "SERIAL_NUMBER_PATTERN"},
        {"{random:-1}", "SERIAL_NUMBER_PATTERN"},
        {"{random:10", "SERIAL_NUMBER_PATTERN"},
        {"{counter:0}", "SERIAL_NUMBER_PATTERN"},
        {"{counter:10}", "SERIAL_NUMBER_PATTERN"},
        {"{counter}", "SERIAL_NUMBER_PATTERN"},
        {"{counter:6}{counter:6}", "SERIAL_NUMBER_PATTERN"},
        {"S{random:5}", "SERIAL_NUMBER_SHORT"},
        {"{yy}{ww}{random:1}{random:4}", "SERIAL_NUMBER_SHORT"},
        {"{", "SERIAL_NUMBER_PATTERN"},
        {"{}", "SERIAL_NUMBER_PATTERN"},
        {"{YY}", "SERIAL_NUMBER_PATTERN"},
        {"{yyyyyyyyyyyyyyyyyyyy}", "SERIAL_NUMBER_PATTERN"},
        {"{random:20}{random:13}", "SERIAL_NUMBER_PATTERN"},
        {"0123456789012345678901234567890{mac}", "SERIAL_NUMBER_PATTERN"},
        {"LMP{yy}{ww}", "SERIAL_NUMBER_SAME"},
        {"", "SERIAL_NUMBER_SAME"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem = {0};
        assert_int_equal(unit_serial_check(cases[i].pattern, &problem), STATUS_INVALID);
        assert_string_equal(problem.reason, cases[i].reason);
        assert_string_equal(problem.field, "serial_number");
    }
    char serial[UNIT_SERIAL_NUMBER_MAX + 1];
    struct problem problem = {0};
    assert_int_equal(draw("{mac}", 0, "", serial, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "SERIAL_NUMBER_MAC");
    assert_string_equal(problem.field, "unit.hardware_id");
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_placeholder),
        cmocka_unit_test(counters_end),
        cmocka_unit_test(days_are_the_sites),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

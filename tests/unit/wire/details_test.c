#include "proto/wire/details.h"

#include "tests/support/test.h"

static void reads_back(void **state)
{
    (void)state;
    struct problem problem;
    struct problem back = {0};
    uint32_t retry_ms = 0;
    int code = -1;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, WIRE_DETAILS_MAX);
    (void)problem_say(&problem, STATUS_NOT_FOUND, "ORDER_UNKNOWN", "order", "no order \"%s\"", "x");
    assert_ok(wire_details_write(&problem, 61250, &bytes));
    assert_ok(wire_details_read(buf_span(&bytes), &code, &back, &retry_ms));
    assert_int_equal(code, 5);
    assert_int_equal(back.status, STATUS_NOT_FOUND);
    assert_string_equal(back.reason, "ORDER_UNKNOWN");
    assert_string_equal(back.field, "order");
    assert_string_equal(back.message, "no order \"x\"");
    assert_int_equal(retry_ms, 61250);
}

static void absent_parts_are_left_out(void **state)
{
    (void)state;
    struct problem problem = {.status = STATUS_INTERNAL};
    struct problem back = {0};
    uint32_t retry_ms = 9;
    int code = -1;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, WIRE_DETAILS_MAX);
    assert_ok(wire_details_write(&problem, 0, &bytes));
    assert_span_equal(buf_span(&bytes), span_make("\x08\x0D", 2)); /* only the code */
    assert_ok(wire_details_read(buf_span(&bytes), &code, &back, &retry_ms));
    assert_int_equal(code, 13);
    assert_string_equal(back.reason, "");
    assert_int_equal(retry_ms, 0);
}

/* A Status with one RetryInfo, as protobuf's text form describes it: written by hand. */
static void bytes_of_another_writer(void **state)
{
    (void)state;
    static const char any[] = "\x12\x02hi\x1A\x30\x0A\x28type.googleapis.com/google.rpc.RetryInfo"
                              "\x12\x04\x0A\x02\x08\x02";
    struct problem problem = {0};
    uint32_t retry_ms = 0;
    int code = -1;
    assert_ok(wire_details_read(span_make(any, sizeof(any) - 1), &code, &problem, &retry_ms));
    assert_int_equal(code, 0);
    assert_string_equal(problem.message, "hi");
    assert_int_equal(retry_ms, 2000);
}

static void malformed(void **state)
{
    (void)state;
    static const uint8_t huge[WIRE_DETAILS_MAX + 1] = {0};
    struct problem problem = {0};
    uint32_t retry_ms = 0;
    int code = -1;
    assert_int_equal(wire_details_read(SPAN_OF(huge), &code, &problem, &retry_ms),
                     STATUS_MALFORMED);
    assert_int_equal(wire_details_read(span_text("\x12\x7F"), &code, &problem, &retry_ms),
                     STATUS_MALFORMED);
    assert_int_equal(code, -1);
}

static void largest_problem_fits(void **state)
{
    (void)state;
    struct problem problem = {.status = STATUS_INVALID};
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, WIRE_DETAILS_MAX);
    memset(problem.reason, 'R', sizeof(problem.reason) - 1);
    memset(problem.field, 'f', sizeof(problem.field) - 1);
    memset(problem.message, 'm', sizeof(problem.message) - 1);
    problem.message[sizeof(problem.message) - 2] = '\xC3'; /* cut inside a character */
    assert_ok(wire_details_write(&problem, UINT32_MAX, &bytes));
    struct problem back = {0};
    uint32_t retry_ms = 0;
    int code = -1;
    assert_ok(wire_details_read(buf_span(&bytes), &code, &back, &retry_ms));
    assert_int_equal(strlen(back.field), PROBLEM_FIELD_MAX - 1);
    assert_int_equal(back.message[PROBLEM_MESSAGE_MAX - 2], '?');
    assert_int_equal(retry_ms, 3600 * 1000); /* no hint is longer than an hour */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back),
        cmocka_unit_test(absent_parts_are_left_out),
        cmocka_unit_test(bytes_of_another_writer),
        cmocka_unit_test(malformed),
        cmocka_unit_test(largest_problem_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

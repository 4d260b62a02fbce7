/* Our own calendar against the C library's, over all of its days. */
#include "lib/event/time.h"

#include <stdio.h>
#include <time.h>

#include "tests/support/test.h"

static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t END_MS = INT64_C(253402300800000); /* the year 10000 */

static void assert_same(int64_t ms)
{
    char text[EVENT_TIME_SIZE];
    char wanted[64];
    struct tm date;
    int64_t back = 0;
    time_t seconds = (time_t)(ms / 1000);
    assert_non_null(gmtime_r(&seconds, &date));
    size_t size = strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S", &date);
    (void)snprintf(wanted + size, sizeof(wanted) - size, ".%03dZ", (int)(ms % 1000));
    event_time_write(ms, text);
    assert_string_equal(text, wanted);
    assert_ok(event_time_read(span_text(text), &back));
    assert_int_equal(back, ms);
}

static void test_every_day(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < END_MS; ms += DAY_MS) {
        assert_same(ms + ms / DAY_MS * 7919 % DAY_MS); /* at some time of each day */
    }
    assert_same(END_MS - 1);
}

/* Before 1970 as timegm has it: such years are read, and refused by whoever asks for their
 * validity.
 */
static void test_early(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"0000-01-01T00:00:00.000Z", "0000-02-29T00:00:00.000Z",
                                        "0000-03-01T00:00:00.000Z", "1969-12-31T23:59:59.000Z",
                                        "1600-02-29T12:00:00.000Z", "1970-02-30T00:00:00.000Z"};
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        struct tm date = {0};
        int64_t ms = 0;
        assert_non_null(strptime(TEXTS[i], "%Y-%m-%dT%H:%M:%S", &date));
        assert_ok(event_time_read(span_text(TEXTS[i]), &ms));
        assert_int_equal(ms, (int64_t)timegm(&date) * 1000);
    }
}

static void test_refused(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_int_equal(event_time_read(span_text("2026-00-01T00:00:00.000Z"), &ms), STATUS_MALFORMED);
    assert_int_equal(event_time_read(span_text("2026-13-01T00:00:00.000Z"), &ms), STATUS_MALFORMED);
    assert_int_equal(event_time_read(span_text("2026-1a-01T00:00:00.000Z"), &ms), STATUS_MALFORMED);
    assert_int_equal(event_time_read(span_text("2026-12-01T00:00:00.000"), &ms), STATUS_MALFORMED);
    assert_false(event_time_valid(-1));
    assert_false(event_time_valid(END_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

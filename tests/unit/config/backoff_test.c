#include "server/supervisor/backoff.h"

#include "tests/support/test.h"

static void test_doubles_up_to_the_limit(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    uint32_t step = BACKOFF_FIRST_MS;
    for (int i = 0; i < 12; i++) {
        uint32_t wait = backoff_next(&backoff, 0, (uint32_t)i * 7919);
        assert_in_range(wait, step - step / 4, step + step / 4);
        assert_true(wait <= BACKOFF_MAX_MS);
        step = step * 2 < BACKOFF_MAX_MS ? step * 2 : BACKOFF_MAX_MS;
    }
}

static void test_healthy_minute_starts_afresh(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    for (int i = 0; i < 12; i++) {
        (void)backoff_next(&backoff, BACKOFF_HEALTHY_MS - 1, 0);
    }
    assert_in_range(backoff_next(&backoff, BACKOFF_HEALTHY_MS, 0), 75, 125);
}

static void test_jitter(void **state)
{
    (void)state;
    struct backoff one = {3};
    struct backoff other = {3};
    assert_int_not_equal(backoff_next(&one, 0, 1), backoff_next(&other, 0, 200));
    struct backoff many = {1000000};
    assert_in_range(backoff_next(&many, 0, UINT32_MAX), 3750, BACKOFF_MAX_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_up_to_the_limit),
        cmocka_unit_test(test_healthy_minute_starts_afresh),
        cmocka_unit_test(test_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Kind "product". */
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;

static void refuse(const char *more, const char *reason)
{
    Mintmark__V1__Product *product = desk_product(&desk, "a19", more);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "product", &product->base), reason);
    mintmark__v1__product__free_unpacked(product, NULL);
}

static void test_revisions(void **state)
{
    (void)state;
    desk_init(&desk);
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__Product *product = desk_product(&desk, "a19", "");
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "product", &product->base),
                      STATE(UNCHANGED));
    desk_expect_state(
        &desk, desk_propose(&desk, &desk.op1, "product", &product->base, (struct desk_wrong){0}),
        STATE(UNCHANGED));
    product->hardware_version++;
    Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, "product", &product->base);
    assert_non_null(change);
    assert_int_equal(change->state, STATE(VALIDATED));
    assert_string_equal(change->subject, "a19@2");
    assert_string_equal(change->change_id, "");
    assert_true(change->previous_content.len > 0);
    assert_true(change->n_findings >= 3);
    mintmark__v1__change__free_unpacked(change, NULL);
    mintmark__v1__product__free_unpacked(product, NULL);
    desk_done(&desk);
}

static void test_refused(void **state)
{
    (void)state;
    desk_init(&desk);
    refuse("limits: {per_day: 5}\n", "LIMITS");
    refuse("limits: {per_order: 5, rework: 5}\n", "LIMITS");
    refuse("limits: {per_order: 5, rework: \"101%\"}\n", "LIMITS");
    refuse("commissioning: {passcode: \"11111111\"}\n", "PASSCODE");
    desk.worker.environment.allow_classes = 1u << UNIT_CLASS_PRODUCTION;
    refuse("", "CLASS_NOT_ALLOWED");
    struct buf answer;
    desk_call(&desk, &desk.op1, METHOD_APPLY_PRODUCT, span_text("\x0a\x02\xff\xff"), &answer);
    assert_int_equal(desk.code, 3); /* content that is no product */
    buf_done(&answer);
    desk_done(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revisions),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("change_product", tests, NULL, NULL);
}

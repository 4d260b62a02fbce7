/* Refusals on record: which, what they say, and how few of them. */
#include "lib/event/event.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;

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

static uint64_t log_size(void)
{
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(desk.worker.store, &size, &newest));
    return size;
}

static void call(const struct person *caller, enum method method)
{
    struct buf answer;
    desk_call(&desk, caller, method, (struct span){0}, &answer);
    buf_done(&answer);
}

static void test_what_is_recorded(void **state)
{
    (void)state;
    uint64_t before = log_size();
    call(&desk.auditor, METHOD_LIST_ORDERS);
    assert_int_equal(desk.code, 0);
    call(&desk.op1, METHOD_CREATE_ORDER); /* malformed, not refused for want of permission */
    assert_int_not_equal(desk.code, 0);
    assert_int_equal(log_size(), before);
    call(&desk.auditor, METHOD_CREATE_ORDER);
    assert_string_equal(desk.reason, "ROLE");
    assert_int_equal(log_size(), before + 1);
    struct person stranger;
    person_init(&stranger, "spiffe://test/operator/nobody");
    call(&stranger, METHOD_LIST_ORDERS);
    assert_int_equal(log_size(), before + 2);
    person_done(&stranger);
    Mintmark__V1__Product *product = desk_product(&desk, "a19", "");
    desk_expect_refusal(&desk,
                        desk_propose(&desk, &desk.op1, "product", &product->base,
                                     (struct desk_wrong){.signer = &desk.op2}),
                        "SIGNATURE");
    mintmark__v1__product__free_unpacked(product, NULL);
    assert_int_equal(log_size(), before + 3);
}

static void test_one_identity_is_bounded(void **state)
{
    (void)state;
    uint64_t before = log_size();
    for (int i = 0; i < 10 * DENIAL_EACH_BURST; i++) {
        call(&desk.auditor, METHOD_CREATE_ORDER);
        assert_string_equal(desk.reason, "ROLE");
    }
    assert_int_equal(log_size(), before + DENIAL_EACH_BURST);
    assert_int_equal(desk.worker.denials.unrecorded, 9 * DENIAL_EACH_BURST);
    call(&desk.station, METHOD_CREATE_ORDER); /* another one is still heard */
    assert_int_equal(log_size(), before + DENIAL_EACH_BURST + 1);
    assert_int_equal(desk.worker.denials.unrecorded, 0); /* the count stands in that entry */
}

static void test_budgets(void **state)
{
    (void)state;
    static struct denials denials;
    int64_t now = 1000000;
    int taken = 0;
    for (int i = 0; i < 1000; i++) { /* as many names as somebody likes */
        char name[16];
        (void)snprintf(name, sizeof(name), "name-%d", i);
        taken += denial_take(&denials, span_text(name), now) ? 1 : 0;
    }
    assert_int_equal(taken, DENIAL_ALL_BURST);
    assert_false(denial_take(&denials, span_text("x"), now + DENIAL_ALL_MS - 1));
    assert_true(denial_take(&denials, span_text("x"), now + DENIAL_ALL_MS));
    assert_false(denial_take(&denials, span_text("y"), now + DENIAL_ALL_MS));
    now += (int64_t)3600 * 1000;
    for (int i = 0; i < DENIAL_EACH_BURST; i++) {
        assert_true(denial_take(&denials, span_text("x"), now));
    }
    assert_false(denial_take(&denials, span_text("x"), now));
    assert_true(denial_take(&denials, span_text("x"), now + DENIAL_EACH_MS));
}

/* A station gets one answer for orders that do not exist and for those of other lines. */
static void test_orders_are_not_told_apart(void **state)
{
    (void)state;
    static const uint8_t UNKNOWN[] = "\x0a\x04WO-9";
    static const uint8_t OTHER[] = "\x0a\x04WO-2";
    struct buf frames[2];
    struct span requests[] = {span_make(UNKNOWN, 6), span_make(OTHER, 6)};
    struct store_order order = {.id = "WO-2",
                                .product = "lamp",
                                .product_revision = 1,
                                .state = STORE_ORDER_OPEN,
                                .quantity = 1,
                                .identities_limit = 1,
                                .lines = ";line2;"};
    assert_ok(store_order_add(desk.worker.store, &order));
    desk.worker.listener = LISTENER_STATIONS;
    for (size_t i = 0; i < 2; i++) {
        struct frame_call frame = {.call_id = 7,
                                   .deadline_ms = INT64_MAX,
                                   .method = METHOD_GET_ORDER,
                                   .listener = LISTENER_STATIONS,
                                   .identity = span_text(desk.station.id),
                                   .message = requests[i]};
        memcpy(frame.spki_sha256, desk.station.spki_sha256, sizeof(frame.spki_sha256));
        buf_init(&frames[i], 65536);
        assert_ok(worker_serve(&desk.worker, &frame, &frames[i]));
    }
    assert_span_equal(buf_span(&frames[0]), buf_span(&frames[1]));
    struct frame_answer answer;
    size_t size = 0;
    assert_ok(frame_read_answer(buf_span(&frames[0]), &answer, &size));
    assert_span_equal(answer.reason, span_text("ORDER_UNKNOWN"));
    buf_done(&frames[0]);
    buf_done(&frames[1]);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_what_is_recorded),
        DESK_TEST(test_one_identity_is_bounded),
        cmocka_unit_test(test_budgets),
        DESK_TEST(test_orders_are_not_told_apart),
    };
    return cmocka_run_group_tests_name("denial", tests, NULL, NULL);
}

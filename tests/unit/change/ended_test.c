/* Changes that end without effect, and a clock that cannot be trusted: both are on record. */
#include "lib/event/event.h"
#include "server/issue/clock.h"
#include "server/issue/ended.h"
#include "server/issue/upkeep.h"
#include "server/store/log.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

enum { HOUR_MS = 3600 * 1000 };

static struct desk desk;
static Mintmark__V1__Product *product;

static int set_up(void **state)
{
    (void)state;
    desk_init(&desk);
    product = desk_product(&desk, "a19", "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    factory_clock_offset_ms = 0;
    mintmark__v1__product__free_unpacked(product, NULL);
    desk_done(&desk);
    return 0;
}

struct counted {
    enum event_type type;
    unsigned count;
    char reason[64];
    int64_t offset_ms;
};

static status_t count_entry(void *context, struct span entry)
{
    struct counted *counted = context;
    struct event event;
    struct problem problem = {0};
    if (event_read(entry, &event, &problem) != STATUS_OK || event.type != counted->type) {
        return STATUS_OK; /* the factory's own entries are no events */
    }
    struct span reason = event.values[EVENT_REASON].bytes;
    counted->count++;
    counted->offset_ms = event.values[EVENT_OFFSET_MS].number;
    (void)snprintf(counted->reason, sizeof(counted->reason), "%.*s", (int)reason.size,
                   reason.size > 0 ? (const char *)reason.data : "");
    return STATUS_OK;
}

/* The log's entries of this type: how many, and the last one. */
static struct counted entries(enum event_type type)
{
    struct counted counted = {.type = type};
    uint64_t size = 0;
    int64_t newest_ms = 0;
    struct problem problem = {0};
    assert_ok(store_log_size(desk.worker.store, &size, &newest_ms));
    for (uint64_t i = 0; i < size; i++) {
        AUTO(buf_done) struct buf entry;
        buf_init(&entry, EVENT_MAX);
        assert_ok(store_log_entry(desk.worker.store, i, &entry, &problem));
        assert_ok(count_entry(&counted, buf_span(&entry)));
    }
    return counted;
}

static void expect_ended(unsigned count, const char *reason)
{
    struct counted ended = entries(EVENT_TYPE_CHANGE_ENDED);
    assert_int_equal(ended.count, count);
    assert_string_equal(ended.reason, reason);
}

static Mintmark__V1__Change *propose(void)
{
    Mintmark__V1__Change *change =
        desk_propose(&desk, &desk.op1, "product", &product->base, (struct desk_wrong){0});
    assert_non_null(change);
    return change;
}

static Mintmark__V1__ChangeWithdrawal withdrawal(const Mintmark__V1__Change *change)
{
    Mintmark__V1__ChangeWithdrawal message;
    mintmark__v1__change_withdrawal__init(&message);
    message.change_id = change->change_id;
    return message;
}

static void test_withdrawn(void **state)
{
    (void)state;
    Mintmark__V1__Change *change = propose();
    Mintmark__V1__ChangeWithdrawal message = withdrawal(change);
    desk_expect_state(
        &desk,
        desk_propose(&desk, &desk.op2, "change-withdraw", &message.base, (struct desk_wrong){0}),
        STATE(APPLIED)); /* one person, whoever it is */
    expect_ended(1, "WITHDRAWN");
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "CHANGE_DECIDED");
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "change-withdraw", &message.base),
                      STATE(UNCHANGED));
    mintmark__v1__change__free_unpacked(change, NULL);
    /* what had its effect, or is not one */
    change = propose();
    message = withdrawal(change);
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                      STATE(APPLIED));
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "change-withdraw", &message.base),
                        "CHANGE_DECIDED");
    char part[] = "0123456789abcdef";
    message.change_id = part;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "change-withdraw", &message.base),
                        "CHANGE_UNKNOWN");
    mintmark__v1__change__free_unpacked(change, NULL);
    expect_ended(1, "WITHDRAWN");
}

static status_t count_change(void *context, const struct store_change *change)
{
    (void)change;
    ++*(unsigned *)context;
    return STATUS_OK;
}

static unsigned listed(int state, int64_t alive)
{
    unsigned count = 0;
    assert_ok(store_change_list(desk.worker.store, state, alive, 0, 500, count_change, &count));
    return count;
}

static void test_expired(void **state)
{
    (void)state;
    struct problem problem = {0};
    bool more = false;
    Mintmark__V1__Change *change = propose();
    int64_t end = change->expires->seconds;
    assert_ok(issue_ended_upkeep(&desk.worker.environment, &more, &problem));
    expect_ended(0, "");
    factory_clock_offset_ms += (int64_t)86401 * 1000;
    /* on a clock that was set nothing expires */
    assert_int_equal(issue_ended_upkeep(&desk.worker.environment, &more, &problem),
                     STATUS_UNAVAILABLE);
    desk.worker.environment.clock_offset_ms += (int64_t)86401 * 1000;
    assert_int_equal(listed(STORE_CHANGE_WAITING, -(end + 1)), 1); /* before that is on record … */
    assert_ok(issue_ended_upkeep(&desk.worker.environment, &more, &problem));
    expect_ended(1, "EXPIRED");
    assert_int_equal(listed(STORE_CHANGE_WAITING, -(end + 1)), 1); /* … and behind it */
    assert_int_equal(listed(STORE_CHANGE_WAITING, end - 1), 0);
    assert_ok(issue_ended_upkeep(&desk.worker.environment, &more, &problem));
    expect_ended(1, "EXPIRED"); /* once */
    assert_false(more);
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "CHANGE_EXPIRED");
    mintmark__v1__change__free_unpacked(change, NULL);
}

/* As many at a time as stations can wait for. */
static void test_many_expired(void **state)
{
    (void)state;
    struct problem problem = {0};
    bool more = false;
    struct store *store = desk.worker.store;
    int64_t now_ms = desk.worker.environment.now_ms();
    struct store_change change = {.expires = now_ms / 1000 - 1, .needs_second = true};
    assert_ok(store_begin(store, now_ms, &problem));
    for (int i = 0; i < ISSUE_ENDED_MAX + 1; i++) {
        change.id[0] = (uint8_t)(i + 1);
        assert_ok(store_change_put(store, &change));
    }
    assert_ok(store_end(store, STATUS_OK, &problem));
    assert_ok(issue_ended_upkeep(&desk.worker.environment, &more, &problem));
    assert_true(more);
    expect_ended(ISSUE_ENDED_MAX, "EXPIRED");
    assert_ok(issue_ended_upkeep(&desk.worker.environment, &more, &problem));
    expect_ended(ISSUE_ENDED_MAX + 1, "EXPIRED");
}

/* Of the same thing only: things of different kinds may be called the same. */
static void test_superseded(void **state)
{
    (void)state;
    struct store *store = desk.worker.store;
    int64_t now_ms = desk.worker.environment.now_ms();
    static const char *const KINDS[] = {"device-rework", "identity", "order-resume", "order",
                                        "orders"};
    struct store_change change = {.expires = now_ms / 1000 + 100, .needs_second = true};
    struct problem problem = {0};
    (void)snprintf(change.subject, sizeof(change.subject), "WO-1");
    assert_ok(store_begin(store, now_ms, &problem));
    for (uint8_t i = 0; i < 5; i++) {
        change.id[0] = (uint8_t)(i + 1);
        (void)snprintf(change.kind, sizeof(change.kind), "%s", KINDS[i]);
        assert_ok(store_change_put(store, &change));
    }
    assert_ok(store_end(store, STATUS_OK, &problem));
    Mintmark__V1__OrderAct message;
    mintmark__v1__order_act__init(&message);
    message.order = (char[]){"WO-1"};
    message.reason = (char[]){"wrong shade"};
    desk_change(&desk, "order-pause", &message.base);
    expect_ended(2, "SUPERSEDED");
    assert_int_equal(listed(STORE_CHANGE_SUPERSEDED, 0), 2);
    assert_int_equal(listed(STORE_CHANGE_WAITING, 0), 3);
}

static void expect_jumps(unsigned count, int64_t about_ms)
{
    struct counted jumps = entries(EVENT_TYPE_CLOCK_JUMP);
    assert_int_equal(jumps.count, count);
    assert_in_range(jumps.offset_ms - about_ms + 10000, 0, 20000);
}

static void refused_by_clock(const char *reason)
{
    struct buf answer;
    struct buf request;
    desk_request(&desk, &desk.op1, "product", &product->base, &request);
    desk_call(&desk, &desk.op1, METHOD_APPLY_PRODUCT, buf_span(&request), &answer);
    assert_string_equal(desk.reason, reason);
    buf_done(&answer);
    buf_done(&request);
}

/* Once for a jump, by whichever process sees it; again when the clock was right in between. */
static void test_clock_jump(void **state)
{
    (void)state;
    struct issue_environment *environment = &desk.worker.environment;
    int64_t other_process = 0;
    factory_clock_offset_ms = HOUR_MS;
    refused_by_clock("CLOCK_JUMP");
    expect_jumps(1, HOUR_MS);
    refused_by_clock("CLOCK_JUMP");
    issue_clock_look(environment, &other_process);
    expect_jumps(1, HOUR_MS);
    factory_clock_offset_ms = 2 * HOUR_MS; /* set once more */
    refused_by_clock("CLOCK_JUMP");
    issue_clock_look(environment, &other_process);
    expect_jumps(2, 2 * HOUR_MS);
    factory_clock_offset_ms = 0;
    mintmark__v1__change__free_unpacked(propose(), NULL);
    assert_int_equal(desk.worker.clock_noted_ms, 0);
    factory_clock_offset_ms = 2 * HOUR_MS;
    refused_by_clock("CLOCK_JUMP");
    expect_jumps(3, 2 * HOUR_MS);
    factory_clock_offset_ms = -2 * HOUR_MS;
    refused_by_clock("CLOCK_JUMP");
    expect_jumps(4, -2 * HOUR_MS);
}

/* A server that was started on a clock which stands before its log. */
static void test_clock_behind(void **state)
{
    (void)state;
    mintmark__v1__change__free_unpacked(propose(), NULL);
    factory_clock_offset_ms = -HOUR_MS;
    desk.worker.environment.clock_offset_ms -= HOUR_MS;
    refused_by_clock("CLOCK");
    refused_by_clock("CLOCK");
    expect_jumps(1, -HOUR_MS);
    factory_clock_offset_ms += HOUR_MS / 2; /* time goes by */
    desk.worker.environment.clock_offset_ms += HOUR_MS / 2;
    refused_by_clock("CLOCK");
    expect_jumps(1, -HOUR_MS);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_withdrawn),  DESK_TEST(test_expired),    DESK_TEST(test_many_expired),
        DESK_TEST(test_superseded), DESK_TEST(test_clock_jump), DESK_TEST(test_clock_behind),
    };
    return cmocka_run_group_tests_name("change_ended", tests, NULL, NULL);
}

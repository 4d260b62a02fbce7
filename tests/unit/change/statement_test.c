/* Statements: nothing changes without an operator's own signature over exactly this change, and
 * where two people are required not without another's. */
#include "server/rpc/change.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

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

static uint64_t log_size(void)
{
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(desk.worker.store, &size, &newest));
    return size;
}

static status_t count_one(void *context, const struct store_change *change)
{
    (void)change;
    ++*(unsigned *)context;
    return STATUS_OK;
}

static unsigned changes(void)
{
    unsigned count = 0;
    assert_ok(store_change_list(desk.worker.store, 0, 0, 0, 500, count_one, &count));
    return count;
}

static Mintmark__V1__Change *propose(struct desk_wrong wrong)
{
    return desk_propose(&desk, &desk.op1, "product", &product->base, wrong);
}

static void test_two_people(void **state)
{
    (void)state;
    uint64_t before = log_size();
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    assert_non_null(change);
    assert_int_equal(change->state, STATE(WAITING));
    assert_true(change->needs_second);
    assert_string_equal(change->subject, "a19@1");
    assert_int_equal(change->product_class, MINTMARK__V1__PRODUCT_CLASS__PRODUCT_CLASS_TEST);
    assert_int_equal(log_size(), before + 1);
    struct store_product about;
    assert_int_equal(store_product_about(desk.worker.store, "a19", 1, &about), STATUS_NOT_FOUND);
    Mintmark__V1__Change *applied = desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0});
    assert_non_null(applied);
    assert_string_equal(applied->change_id, change->change_id);
    assert_string_equal(applied->approval_statement, desk.text);
    desk_expect_state(&desk, applied, STATE(APPLIED));
    assert_int_equal(log_size(), before + 3); /* approved, and its effect */
    assert_ok(store_product_about(desk.worker.store, "a19", 1, &about));
    assert_int_equal(about.product_class, UNIT_CLASS_TEST);
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void test_wrong_proposals(void **state)
{
    (void)state;
    const struct {
        struct desk_wrong wrong;
        const char *reason;
    } rows[] = {
        {{.origin = "other/1"}, "STATEMENT_ORIGIN"},
        {{.change = "order"}, "STATEMENT_CHANGE"},
        {{.subject = "a19@2"}, "STATEMENT_SUBJECT"},
        {{.by = desk.op2.id}, "STATEMENT_BY"},
        {{.act = APPROVAL_APPROVE}, "STATEMENT_ACT"},
        {{.content = true}, "STATEMENT_CONTENT"},
        {{.expires_in = -1}, "STATEMENT_EXPIRED"},
        {{.expires_in = 7 * 86400 + 60}, "STATEMENT_TOO_LONG"},
        {{.signer = &desk.op2}, "SIGNATURE"},
        {{.text = "I approve of everything\n"}, "STATEMENT"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        desk_expect_refusal(&desk, propose(rows[i].wrong), rows[i].reason);
    }
    assert_int_equal(changes(), 0);
}

/* The same text and signature again. */
static void test_replayed_proposal(void **state)
{
    (void)state;
    struct buf request;
    struct buf answer;
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    Mintmark__V1__Proposal again;
    mintmark__v1__proposal__init(&again);
    again.content = change->content;
    again.statement = change->proposal_statement;
    again.signature = change->proposal_signature;
    buf_init(&request, 65536);
    (void)mintmark__v1__proposal__pack(
        &again, buf_extend(&request, mintmark__v1__proposal__get_packed_size(&again)));
    desk_call(&desk, &desk.op1, METHOD_APPLY_PRODUCT, buf_span(&request), &answer);
    desk_expect_refusal(&desk, NULL, "STATEMENT_USED");
    assert_int_equal(changes(), 1);
    buf_done(&answer);
    /* nor does somebody else get further with it */
    desk_call(&desk, &desk.op2, METHOD_APPLY_PRODUCT, buf_span(&request), &answer);
    desk_expect_refusal(&desk, NULL, "STATEMENT_BY");
    buf_done(&answer);
    buf_done(&request);
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void test_wrong_approvals(void **state)
{
    (void)state;
    const struct {
        struct desk_wrong wrong;
        const char *reason;
    } rows[] = {
        {{.origin = "other/1"}, "STATEMENT_ORIGIN"},
        {{.change = "order"}, "APPROVAL_MISMATCH"},
        {{.subject = "a19@2"}, "APPROVAL_MISMATCH"},
        {{.by = desk.op1.id}, "STATEMENT_BY"},
        {{.act = APPROVAL_PROPOSE}, "STATEMENT_ACT"},
        {{.content = true}, "APPROVAL_MISMATCH"},
        {{.expires_in = -1}, "STATEMENT_EXPIRED"},
        {{.expires_in = 3600 + 60}, "STATEMENT_TOO_LONG"},
        {{.signer = &desk.op1}, "SIGNATURE"},
    };
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, rows[i].wrong),
                            rows[i].reason);
    }
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op1, change, (struct desk_wrong){0}),
                        "APPROVAL_SAME_PERSON");
    struct store_product about;
    assert_int_equal(store_product_about(desk.worker.store, "a19", 1, &about), STATUS_NOT_FOUND);
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                      STATE(APPLIED));
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "CHANGE_DECIDED");
    change->change_id[0] = change->change_id[0] == '0' ? '1' : '0';
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "CHANGE_UNKNOWN");
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void test_who_may_not(void **state)
{
    (void)state;
    struct buf answer;
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    const struct person *const people[] = {&desk.auditor, &desk.station};
    for (size_t i = 0; i < 2; i++) {
        desk_expect_refusal(&desk, desk_look(&desk, people[i], "product", &product->base), "ROLE");
        desk_expect_refusal(&desk, desk_approve(&desk, people[i], change, (struct desk_wrong){0}),
                            "ROLE");
    }
    desk_call(&desk, &desk.station, METHOD_LIST_CHANGES, (struct span){0}, &answer);
    desk_expect_refusal(&desk, NULL, "ROLE");
    buf_done(&answer);
    desk_call(&desk, &desk.auditor, METHOD_LIST_CHANGES, (struct span){0}, &answer);
    assert_int_equal(desk.code, 0);
    buf_done(&answer);
    /* op-1's name on another key */
    struct person other;
    person_init(&other, desk.op1.id);
    desk_expect_refusal(&desk, desk_look(&desk, &other, "product", &product->base), "ROLE");
    person_done(&other);
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void block(const struct person *person)
{
    char reason[] = "left";
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_act__init(&act);
    act.identity = rpc_unit_borrow_text(person->id);
    act.reason = reason;
    desk_expect_state(
        &desk, desk_propose(&desk, &desk.op2, "identity-block", &act.base, (struct desk_wrong){0}),
        STATE(APPLIED));
}

static void test_blocked_operator(void **state)
{
    (void)state;
    struct person op3; /* two must be left */
    person_init(&op3, "spiffe://test/operator/op-3");
    person_enrol(&op3, MINTMARK__V1__ROLE__ROLE_OPERATOR, "", desk.worker.store);
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    block(&desk.op1);
    desk_expect_refusal(&desk, propose((struct desk_wrong){0}), "ROLE");
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "PROPOSER");
    mintmark__v1__change__free_unpacked(change, NULL);
    person_done(&op3);
}

static void unblock(const struct person *person)
{
    char line[] = "line1";
    Mintmark__V1__IdentitySpec spec;
    mintmark__v1__identity_spec__init(&spec);
    spec.identity = rpc_unit_borrow_text(person->id);
    spec.role = MINTMARK__V1__ROLE__ROLE_STATION;
    spec.line = line;
    spec.certificate = (ProtobufCBinaryData){person->certificate.size, person->certificate.data};
    desk_change(&desk, "identity", &spec.base);
}

/* The same bytes by op-1 once more. */
static void expect_answer(enum method method, const struct buf *request, const char *reason)
{
    struct buf answer;
    desk_call(&desk, &desk.op1, method, buf_span(request), &answer);
    assert_string_equal(desk.reason, reason);
    buf_done(&answer);
}

/* Time goes by, on every clock. */
static void pass(int64_t seconds)
{
    factory_clock_offset_ms += seconds * 1000;
    desk.worker.environment.clock_offset_ms += seconds * 1000;
}

static void test_superseded_and_expired(void **state)
{
    (void)state;
    Mintmark__V1__Change *first = propose((struct desk_wrong){0});
    product->hardware_version++;
    Mintmark__V1__Change *second = propose((struct desk_wrong){0});
    assert_string_equal(second->subject, "a19@1");
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, second, (struct desk_wrong){0}),
                      STATE(APPLIED));
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, first, (struct desk_wrong){0}),
                        "SUPERSEDED");
    product->hardware_version++;
    Mintmark__V1__Change *third = propose((struct desk_wrong){.expires_in = 100});
    pass(101);
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, third, (struct desk_wrong){0}),
                        "CHANGE_EXPIRED");
    mintmark__v1__change__free_unpacked(first, NULL);
    mintmark__v1__change__free_unpacked(second, NULL);
    mintmark__v1__change__free_unpacked(third, NULL);
}

/* Whoever saw a statement that came to nothing does not get further with it later. */
static void test_spent(void **state)
{
    (void)state;
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_act__init(&act);
    act.identity = desk.station.id;
    act.reason = (char[]){"lost"};
    block(&desk.station);
    /* it is so already … */
    struct buf request;
    desk_request(&desk, &desk.op1, "identity-block", &act.base, &request);
    expect_answer(METHOD_BLOCK_IDENTITY, &request, "");
    unblock(&desk.station);
    /* … and when it is not any more, the same statement does not do it again */
    expect_answer(METHOD_BLOCK_IDENTITY, &request, "STATEMENT_USED");
    buf_done(&request);
    /* nor one that was refused, whatever the reason, when that is gone */
    desk_request(&desk, &desk.op1, "product", &product->base, &request);
    factory_clock_offset_ms = 3600 * 1000;
    expect_answer(METHOD_APPLY_PRODUCT, &request, "CLOCK_JUMP");
    factory_clock_offset_ms = 0;
    expect_answer(METHOD_APPLY_PRODUCT, &request, "STATEMENT_USED");
    buf_done(&request);
    assert_int_equal(changes(), 2); /* blocked, unblocked */
}

/* Nobody can fill another's memory of them: only one's own go, the first to expire first. */
static void test_spent_bounded(void **state)
{
    (void)state;
    struct store *store = desk.worker.store;
    struct store_change change = {.expires = 10000000};
    (void)snprintf(change.person, sizeof(change.person), "op-2");
    int64_t now_ms = desk.worker.environment.now_ms();
    assert_ok(store_begin(store, now_ms, NULL));
    assert_ok(store_statement_spend(store, &change, 1));
    (void)snprintf(change.person, sizeof(change.person), "op-1");
    for (int i = 0; i <= STORE_SPENT_MAX; i++) {
        change.expires = 1000 + i;
        change.id[0] = (uint8_t)(i % 256);
        change.id[1] = (uint8_t)(1 + i / 256);
        assert_ok(store_statement_spend(store, &change, 1));
    }
    assert_ok(store_statement_spent(store, change.id));
    uint8_t others[STORE_DIGEST_SIZE] = {0};
    uint8_t first[STORE_DIGEST_SIZE] = {0, 1};
    uint8_t second[STORE_DIGEST_SIZE] = {1, 1};
    assert_ok(store_statement_spent(store, others));
    assert_int_equal(store_statement_spent(store, first), STATUS_NOT_FOUND);
    assert_ok(store_statement_spent(store, second));
    /* those that expired go, not before a clock that is set back could make them good */
    change.expires = 9000;
    assert_ok(store_statement_spend(store, &change, 1001 + STORE_SPENT_KEEP_S));
    assert_int_equal(store_statement_spent(store, second), STATUS_NOT_FOUND);
    assert_ok(store_end(store, STATUS_OK, NULL));
}

/* What is done at once is not signed for a week. */
static void test_at_once(void **state)
{
    (void)state;
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_act__init(&act);
    act.identity = desk.station.id;
    act.reason = (char[]){"lost"};
    desk_expect_refusal(&desk,
                        desk_propose(&desk, &desk.op1, "identity-block", &act.base,
                                     (struct desk_wrong){.expires_in = 16 * 60}),
                        "STATEMENT_TOO_LONG");
    desk_expect_state(&desk,
                      desk_propose(&desk, &desk.op1, "identity-block", &act.base,
                                   (struct desk_wrong){.expires_in = 14 * 60}),
                      STATE(APPLIED));
}

static void test_waiting_bounded(void **state)
{
    (void)state;
    struct store *store = desk.worker.store;
    int64_t now_ms = desk.worker.environment.now_ms();
    struct store_change change = {.needs_second = true, .expires = now_ms / 1000 + 100};
    (void)snprintf(change.person, sizeof(change.person), "%s", desk.op1.id);
    (void)snprintf(change.kind, sizeof(change.kind), "order");
    assert_ok(store_begin(store, now_ms, NULL));
    for (int i = 0; i < CHANGE_WAITING_MAX; i++) {
        change.id[0] = (uint8_t)(i % 256);
        change.id[1] = (uint8_t)(1 + i / 256);
        assert_ok(store_change_put(store, &change));
    }
    assert_ok(store_end(store, STATUS_OK, NULL));
    desk_expect_refusal(&desk, propose((struct desk_wrong){0}), "WAITING_MAX");
    block(&desk.station); /* what does not wait goes on */
    desk_expect_state(
        &desk, desk_propose(&desk, &desk.op2, "product", &product->base, (struct desk_wrong){0}),
        STATE(WAITING));
    pass(101);
    desk_expect_state(&desk, propose((struct desk_wrong){0}), STATE(WAITING));
}

/* Who was blocked while the call was under way. */
static void test_caller_checked_inside(void **state)
{
    (void)state;
    struct store_identity before;
    struct problem problem = {0};
    assert_ok(store_identity_get(desk.worker.store, span_text(desk.station.id), &before));
    const struct rpc_call call = {
        .environment = &desk.worker.environment, .caller = &before, .identity = desk.station.id};
    assert_ok(change_check_caller(&call, &problem));
    block(&desk.station);
    assert_int_equal(change_check_caller(&call, &problem), STATUS_DENIED);
    assert_string_equal(problem.reason, "ROLE");
    unblock(&desk.station);
    assert_ok(change_check_caller(&call, &problem));
    before.spki[0] ^= 1; /* enrolled anew with another key */
    assert_int_equal(change_check_caller(&call, &problem), STATUS_DENIED);
}

static void test_two_person_rule_off(void **state)
{
    (void)state;
    desk.world.config.two_person_rule = MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_OFF;
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    assert_non_null(change);
    assert_int_equal(change->state, STATE(APPLIED));
    assert_false(change->needs_second);
    assert_non_null(strstr(change->reason, "OFF"));
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void test_clock_before_the_log(void **state)
{
    (void)state;
    desk_expect_state(&desk, propose((struct desk_wrong){0}), STATE(WAITING));
    pass(-3600);
    product->hardware_version++;
    desk_expect_refusal(&desk, propose((struct desk_wrong){0}), "CLOCK");
}

static int64_t newest_entry_ms(void)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    assert_ok(store_log_size(desk.worker.store, &size, &newest_ms));
    return newest_ms;
}

/* The clock is set forward while the server runs: nothing is put on record that would hold up what
 * comes once it is right again. Stopping goes on. */
static void test_clock_set_forward(void **state)
{
    enum { HOUR_MS = 3600 * 1000 };
    (void)state;
    int64_t now_ms = desk.worker.environment.now_ms();
    Mintmark__V1__Change *waiting = propose((struct desk_wrong){0});
    assert_non_null(waiting);
    factory_clock_offset_ms = HOUR_MS;
    product->hardware_version++;
    desk_expect_refusal(&desk, propose((struct desk_wrong){0}), "CLOCK_JUMP");
    desk_expect_refusal(&desk,
                        desk_approve(&desk, &desk.op2, waiting,
                                     (struct desk_wrong){.expires_in = 60 - HOUR_MS / 1000}),
                        "CLOCK_JUMP");
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_act__init(&act);
    act.identity = desk.station.id;
    act.reason = (char[]){"lost"};
    desk_expect_state(&desk,
                      desk_propose(&desk, &desk.op1, "identity-block", &act.base,
                                   (struct desk_wrong){.expires_in = 60 - HOUR_MS / 1000}),
                      STATE(APPLIED));
    struct buf answer; /* a refusal that is put on record */
    desk_call(&desk, &desk.station, METHOD_LIST_CHANGES, (struct span){0}, &answer);
    assert_string_equal(desk.reason, "ROLE");
    buf_done(&answer);
    assert_true(newest_entry_ms() < now_ms + HOUR_MS / 2);
    factory_clock_offset_ms = 0;
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, waiting, (struct desk_wrong){0}),
                      STATE(APPLIED));
    mintmark__v1__change__free_unpacked(waiting, NULL);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_two_people),
        DESK_TEST(test_wrong_proposals),
        DESK_TEST(test_replayed_proposal),
        DESK_TEST(test_wrong_approvals),
        DESK_TEST(test_who_may_not),
        DESK_TEST(test_blocked_operator),
        DESK_TEST(test_superseded_and_expired),
        DESK_TEST(test_two_person_rule_off),
        DESK_TEST(test_spent),
        DESK_TEST(test_spent_bounded),
        DESK_TEST(test_at_once),
        DESK_TEST(test_waiting_bounded),
        DESK_TEST(test_caller_checked_inside),
        DESK_TEST(test_clock_before_the_log),
        DESK_TEST(test_clock_set_forward),
    };
    return cmocka_run_group_tests_name("change_statement", tests, NULL, NULL);
}

/* Statements: nothing changes without an operator's own signature over exactly this change, and
 * where two people are required not without another's. */
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
    Mintmark__V1__Change *change = propose((struct desk_wrong){0});
    block(&desk.op1);
    desk_expect_refusal(&desk, propose((struct desk_wrong){0}), "ROLE");
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                        "PROPOSER");
    mintmark__v1__change__free_unpacked(change, NULL);
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
        DESK_TEST(test_clock_before_the_log),
        DESK_TEST(test_clock_set_forward),
    };
    return cmocka_run_group_tests_name("change_statement", tests, NULL, NULL);
}

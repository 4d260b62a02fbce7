/* Kinds "order", "order-amend", "order-pause", "order-resume", "order-close". */
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
    factory_clock_offset_ms = 0;
    desk_done(&desk);
    return 0;
}

static struct store_order order_now(const char *id)
{
    struct store_order order;
    assert_ok(store_order_get(desk.worker.store, id, &order));
    return order;
}

/* Does it need a second person, and why? */
static bool needs_second(const struct person *caller, const char *kind,
                         const ProtobufCMessage *content, const char *why)
{
    Mintmark__V1__Change *change = desk_look(&desk, caller, kind, content);
    if (change == NULL) {
        fail_msg("refused: %s", desk.reason);
        return false;
    }
    if (strstr(change->reason, why) == NULL) {
        fail_msg("reason: %s", change->reason);
    }
    bool needs = change->needs_second;
    mintmark__v1__change__free_unpacked(change, NULL);
    return needs;
}

static void test_created(void **state)
{
    (void)state;
    char overage[] = "10%";
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 20);
    spec.overage = overage;
    Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, "order", &spec.base);
    assert_non_null(change); /* the newest revision is filled in */
    Mintmark__V1__OrderSpec *filled =
        mintmark__v1__order_spec__unpack(NULL, change->content.len, change->content.data);
    assert_int_equal(filled->product_revision, 1);
    mintmark__v1__order_spec__free_unpacked(filled, NULL);
    mintmark__v1__change__free_unpacked(change, NULL);
    desk_change(&desk, "order", &spec.base);
    assert_int_equal(order_now("WO-7").identities_limit, 22);
    assert_int_equal(order_now("WO-7").product_revision, 1);
    spec.product_revision = 1;
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "order", &spec.base), STATE(UNCHANGED));
    spec.quantity = 21;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base), "ORDER_EXISTS");
}

static void test_refused(void **state)
{
    (void)state;
    char late[] = "9998-12-31";
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "none", 20);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base),
                        "PRODUCT_NOT_APPROVED");
    spec = desk_order("WO-7", "a19", 20);
    spec.product_revision = 2;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base),
                        "PRODUCT_NOT_APPROVED");
    spec = desk_order("WO 7", "a19", 20);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base), "ORDER_ID");
    spec = desk_order("WO-7", "a19", 20);
    spec.not_after = late; /* the factory's PAI has no end */
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "order", &spec.base), STATE(VALIDATED));
    desk.world.catalog.pais[0].certificate.not_after = 2000000000;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base), "PAI_VALIDITY");
    desk.worker.environment.allow_classes = 1u << UNIT_CLASS_PRODUCTION;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order", &spec.base),
                        "CLASS_NOT_ALLOWED");
}

/* What was signed must be exact: revision 0 is for looking only. */
static void test_revision_is_signed(void **state)
{
    (void)state;
    struct buf content;
    struct buf request;
    struct buf answer;
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 20);
    struct approval_statement statement = {.act = APPROVAL_PROPOSE,
                                           .origin = "test/1",
                                           .change = "order",
                                           .subject = "WO-7",
                                           .expires = desk.worker.environment.now_ms() / 1000 + 60};
    (void)snprintf(statement.by, sizeof(statement.by), "%s", desk.op1.id);
    buf_init(&content, 1024);
    (void)mintmark__v1__order_spec__pack(
        &spec, buf_extend(&content, mintmark__v1__order_spec__get_packed_size(&spec)));
    digest_sha256(buf_span(&content), statement.content);
    struct buf text;
    struct buf signature;
    buf_init(&text, APPROVAL_STATEMENT_MAX + 1);
    buf_init(&signature, APPROVAL_SIGNATURE_MAX);
    assert_ok(approval_statement_write(&statement, &text));
    struct signer signer = pki_plain_key_signer(desk.op1.key);
    assert_ok(signer.sign(signer.context, buf_span(&text), &signature, NULL));
    buf_append_byte(&text, 0);
    Mintmark__V1__Proposal proposal;
    mintmark__v1__proposal__init(&proposal);
    proposal.content = (ProtobufCBinaryData){content.size, content.data};
    proposal.statement = (char *)text.data;
    proposal.signature = (ProtobufCBinaryData){signature.size, signature.data};
    buf_init(&request, 4096);
    (void)mintmark__v1__proposal__pack(
        &proposal, buf_extend(&request, mintmark__v1__proposal__get_packed_size(&proposal)));
    desk_call(&desk, &desk.op1, METHOD_CREATE_ORDER, buf_span(&request), &answer);
    desk_expect_refusal(&desk, NULL, "REVISION");
    buf_done(&answer);
    buf_done(&request);
    buf_done(&signature);
    buf_done(&text);
    buf_done(&content);
}

static void test_limits(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19",
                      "limits: {per_order: 100, per_day: 150, created_by: [op-1, mes]}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 100);
    assert_false(needs_second(&desk.op1, "order", &spec.base, "inside the limits of a19@1"));
    assert_true(needs_second(&desk.op2, "order", &spec.base, "for other operators"));
    spec.quantity = 101;
    assert_true(needs_second(&desk.op1, "order", &spec.base, "over the 100 per order"));
    spec.quantity = 100;
    desk_expect_state(&desk,
                      desk_propose(&desk, &desk.op1, "order", &spec.base, (struct desk_wrong){0}),
                      STATE(APPLIED)); /* by one person */
    Mintmark__V1__OrderSpec more = desk_order("WO-8", "a19", 51);
    assert_true(needs_second(&desk.op1, "order", &more.base, "over the 150 per day"));
    more.quantity = 50;
    assert_false(needs_second(&desk.op1, "order", &more.base, "inside"));
    factory_clock_offset_ms = (int64_t)2 * 86400 * 1000; /* another day */
    more.quantity = 51;
    assert_false(needs_second(&desk.op1, "order", &more.base, "inside"));
}

/* Names are whole: a station or another path with the same last word is somebody else. */
static void test_limits_by_name(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"operator/op-1", "\"spiffe://test/operator/op-1\"",
                                        "station/op-1", "op-1/op-1", "test/operator/op-1"};
    for (size_t i = 0; i < 5; i++) {
        char name[16];
        char limits[128];
        (void)snprintf(name, sizeof(name), "lamp-%zu", i);
        (void)snprintf(limits, sizeof(limits), "limits: {per_order: 100, created_by: [%s]}\n",
                       NAMES[i]);
        desk_have_product(&desk, name, limits);
        Mintmark__V1__OrderSpec spec = desk_order("WO-7", name, 100);
        assert_int_equal(needs_second(&desk.op1, "order", &spec.base, ""), i >= 2);
    }
    Mintmark__V1__Product *product =
        desk_product(&desk, "door", "limits: {per_order: 1, created_by: [\"x;op-1\"]}\n");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "product", &product->base), "LIMITS");
    mintmark__v1__product__free_unpacked(product, NULL);
    char limits[700];
    char name[250];
    memset(name, 'a', sizeof(name));
    (void)snprintf(limits, sizeof(limits),
                   "limits: {per_order: 1, created_by: [b%.240s, c%.240s]}\n", name, name);
    product = desk_product(&desk, "door", limits);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "product", &product->base), "LIMITS");
    mintmark__v1__product__free_unpacked(product, NULL);
}

/* What a later revision does not leave to one person an earlier one does not either. */
static void test_limits_of_superseded(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19", "limits: {per_order: 100}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 10);
    spec.product_revision = 1;
    assert_false(needs_second(&desk.op1, "order", &spec.base, "inside the limits of a19@1"));
    desk_have_product(&desk, "a19", "limits: {per_order: 5}\n");
    assert_true(needs_second(&desk.op1, "order", &spec.base, "ended with revision 2"));
    spec.product_revision = 2;
    assert_true(needs_second(&desk.op1, "order", &spec.base, "over the 5 per order"));
}

static Mintmark__V1__OrderAmendment amendment(const char *id)
{
    Mintmark__V1__OrderAmendment message;
    mintmark__v1__order_amendment__init(&message);
    message.order = rpc_unit_borrow_text(id);
    return message;
}

static void test_amended(void **state)
{
    (void)state;
    char end[] = "9000-01-01";
    char overage[] = "4";
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 20);
    spec.overage = overage;
    desk_change(&desk, "order", &spec.base);
    Mintmark__V1__OrderAmendment message = amendment("WO-7");
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "order-amend", &message.base),
                      STATE(UNCHANGED));
    message.quantity = 30;
    message.not_after = end;
    Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, "order-amend", &message.base);
    assert_non_null(change);
    Mintmark__V1__OrderAmendment *before = mintmark__v1__order_amendment__unpack(
        NULL, change->previous_content.len, change->previous_content.data);
    assert_int_equal(before->quantity, 20);
    assert_string_equal(before->overage, "4");
    assert_string_equal(before->not_after, "");
    mintmark__v1__order_amendment__free_unpacked(before, NULL);
    mintmark__v1__change__free_unpacked(change, NULL);
    desk_change(&desk, "order-amend", &message.base);
    assert_int_equal(order_now("WO-7").quantity, 30);
    assert_int_equal(order_now("WO-7").identities_limit, 34);
    message = amendment("WO-7");
    message.product_revision = 2;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-amend", &message.base),
                        "PRODUCT_NOT_APPROVED");
    desk_have_product(&desk, "a19", "part_number: B\n");
    desk_change(&desk, "order-amend", &message.base);
    assert_int_equal(order_now("WO-7").product_revision, 2);
    message = amendment("WO-9");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-amend", &message.base),
                        "ORDER_UNKNOWN");
    message = amendment("WO-7");
    message.quantity = 3; /* an overage of 4 stays */
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-amend", &message.base),
                        "OVERAGE");
}

static void test_amended_below_what_is_taken(void **state)
{
    (void)state;
    struct issue_result result;
    struct problem problem;
    desk_have_product(&desk, "lamp", ""); /* what WO-1 of the factory is for */
    desk.world.factory.product.revision = 1;
    assert_ok(factory_issue(&desk.world.factory, factory_request("60:55:f9:00:00:01"), &result,
                            &problem));
    issue_result_done(&result);
    assert_ok(factory_issue(&desk.world.factory, factory_request("60:55:f9:00:00:02"), &result,
                            &problem));
    issue_result_done(&result);
    Mintmark__V1__OrderAmendment message = amendment("WO-1");
    message.quantity = 1;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-amend", &message.base),
                        "AMEND_BELOW");
    message.quantity = 2;
    desk_change(&desk, "order-amend", &message.base);
    assert_int_equal(
        factory_issue(&desk.world.factory, factory_request("60:55:f9:00:00:03"), &result, &problem),
        STATUS_EXHAUSTED);
}

static void test_amended_inside_limits(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19", "limits: {per_order: 100, per_day: 120}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 80);
    desk_change(&desk, "order", &spec.base);
    Mintmark__V1__OrderAmendment message = amendment("WO-7");
    message.quantity = 100;
    assert_false(needs_second(&desk.op1, "order-amend", &message.base, "inside the limits"));
    message.quantity = 101;
    assert_true(needs_second(&desk.op1, "order-amend", &message.base, "per order"));
    factory_clock_offset_ms = (int64_t)2 * 86400 * 1000;
    message.quantity = 90;
    assert_true(needs_second(&desk.op1, "order-amend", &message.base, "of an earlier day"));
    message.quantity = 70;
    assert_false(needs_second(&desk.op1, "order-amend", &message.base, "inside the limits"));
}

static Mintmark__V1__OrderAct act(const char *id)
{
    static char reason[] = "wrong shade, QA hold";
    Mintmark__V1__OrderAct message;
    mintmark__v1__order_act__init(&message);
    message.order = rpc_unit_borrow_text(id);
    message.reason = reason;
    return message;
}

static void test_paused_resumed_closed(void **state)
{
    (void)state;
    char nothing[] = "";
    char newline[] = "a\nb";
    struct issue_result result;
    struct problem problem;
    Mintmark__V1__OrderAct message = act("WO-1");
    assert_false(needs_second(&desk.op2, "order-pause", &message.base, "stopping takes one"));
    desk_change(&desk, "order-pause", &message.base);
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "order-pause", &message.base),
                      STATE(UNCHANGED));
    assert_int_equal(
        factory_issue(&desk.world.factory, factory_request("60:55:f9:00:00:01"), &result, &problem),
        STATUS_REFUSED);
    assert_string_equal(problem.reason, "ORDER_NOT_OPEN");
    assert_true(needs_second(&desk.op2, "order-resume", &message.base, "two people"));
    desk_change(&desk, "order-resume", &message.base);
    assert_ok(factory_issue(&desk.world.factory, factory_request("60:55:f9:00:00:01"), &result,
                            &problem));
    issue_result_done(&result);
    desk_change(&desk, "order-close", &message.base);
    assert_int_equal(order_now("WO-1").state, STORE_ORDER_CLOSED);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-resume", &message.base),
                        "ORDER_CLOSED");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-pause", &message.base),
                        "ORDER_CLOSED");
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "order-close", &message.base),
                      STATE(UNCHANGED));
    Mintmark__V1__OrderAmendment more = amendment("WO-1");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-amend", &more.base),
                        "ORDER_CLOSED");
    message = act("WO-9");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-pause", &message.base),
                        "ORDER_UNKNOWN");
    message = act("WO-1");
    message.reason = nothing;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-pause", &message.base), "REASON");
    message.reason = newline;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "order-pause", &message.base), "REASON");
}

/* A resume waits; the order is closed meanwhile: what it was based on is gone. */
static void test_superseded(void **state)
{
    (void)state;
    Mintmark__V1__OrderAct message = act("WO-1");
    desk_change(&desk, "order-pause", &message.base);
    Mintmark__V1__Change *resume =
        desk_propose(&desk, &desk.op1, "order-resume", &message.base, (struct desk_wrong){0});
    assert_non_null(resume);
    desk_change(&desk, "order-close", &message.base);
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op2, resume, (struct desk_wrong){0}),
                        "SUPERSEDED");
    mintmark__v1__change__free_unpacked(resume, NULL);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_created),
        DESK_TEST(test_refused),
        DESK_TEST(test_revision_is_signed),
        DESK_TEST(test_limits),
        DESK_TEST(test_limits_by_name),
        DESK_TEST(test_limits_of_superseded),
        DESK_TEST(test_amended),
        DESK_TEST(test_amended_below_what_is_taken),
        DESK_TEST(test_amended_inside_limits),
        DESK_TEST(test_paused_resumed_closed),
        DESK_TEST(test_superseded),
    };
    return cmocka_run_group_tests_name("change_order", tests, NULL, NULL);
}

/* What a lying server could put before an approver. */
#include "client/admin/change_check.h"

#include "client/admin/change_view.h"
#include "client/call.h"
#include "lib/base/hex.h"
#include "tests/support/test.h"

struct sample {
    struct buf content;
    struct buf statement;
    char id[2 * SHA256_SIZE + 1];
    char kind[32];
    char subject[64];
    char origin[64];
    Mintmark__V1__Change change;
};

static void sample_make(struct sample *sample, const ProtobufCMessage *content, const char *kind)
{
    struct approval_statement statement = {.act = APPROVAL_PROPOSE, .expires = 1795400000};
    uint8_t id[SHA256_SIZE];
    *sample = (struct sample){.id = ""};
    buf_init(&sample->content, 65536);
    buf_init(&sample->statement, 65536);
    assert_ok(call_pack(content, &sample->content));
    (void)snprintf(sample->kind, sizeof(sample->kind), "%s", kind);
    (void)snprintf(sample->subject, sizeof(sample->subject), "WO-1");
    (void)snprintf(sample->origin, sizeof(sample->origin), "site/1");
    (void)snprintf(statement.origin, sizeof(statement.origin), "site/1");
    (void)snprintf(statement.change, sizeof(statement.change), "%s", kind);
    (void)snprintf(statement.subject, sizeof(statement.subject), "WO-1");
    (void)snprintf(statement.by, sizeof(statement.by), "spiffe://site/operator/op-1");
    digest_sha256(buf_span(&sample->content), statement.content);
    assert_ok(approval_statement_write(&statement, &sample->statement));
    approval_statement_id(buf_span(&sample->statement), id);
    hex_encode(SPAN_OF(id), sample->id);
    buf_append_byte(&sample->statement, 0);
    mintmark__v1__change__init(&sample->change);
    sample->change.change_id = sample->id;
    sample->change.kind = sample->kind;
    sample->change.subject = sample->subject;
    sample->change.origin = sample->origin;
    sample->change.content = (ProtobufCBinaryData){sample->content.size, sample->content.data};
    sample->change.proposal_statement = (char *)sample->statement.data;
    sample->change.state = MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING;
}

static void sample_done(struct sample *sample)
{
    buf_done(&sample->content);
    buf_done(&sample->statement);
}
OWN_VALUE(struct sample, sample_done)

static char order_id[] = "WO-1";

static void make_order(struct sample *sample)
{
    Mintmark__V1__OrderSpec order;
    mintmark__v1__order_spec__init(&order);
    order.order = order_id;
    order.quantity = 1000;
    sample_make(sample, &order.base, "order");
}

static void test_agrees(void **state)
{
    (void)state;
    AUTO(sample_done) struct sample sample;
    struct approval_statement proposal;
    struct problem problem = {0};
    make_order(&sample);
    assert_ok(change_check_proposal(&sample.change, &proposal, &problem));
    assert_string_equal(proposal.by, "spiffe://site/operator/op-1");
}

static void test_lies(void **state)
{
    (void)state;
    static const char *const FIELDS[] = {"change_id", "kind",    "subject",
                                         "origin",    "content", "statement"};
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        AUTO(sample_done) struct sample sample;
        struct approval_statement proposal;
        struct problem problem = {0};
        make_order(&sample);
        char *const places[] = {sample.id,
                                sample.kind,
                                sample.subject,
                                sample.origin,
                                (char *)sample.content.data,
                                sample.change.proposal_statement};
        places[i][0] ^= 1;
        assert_int_equal(change_check_proposal(&sample.change, &proposal, &problem),
                         STATUS_DATA_LOSS);
        assert_string_equal(problem.reason, "CHANGE_MISMATCH");
        assert_string_equal(problem.field, FIELDS[i]);
    }
}

/* Another statement that is well-formed does not help. */
static void test_other_statement(void **state)
{
    (void)state;
    AUTO(sample_done) struct sample sample;
    AUTO(sample_done) struct sample other;
    Mintmark__V1__OrderSpec order;
    struct approval_statement proposal;
    struct problem problem = {0};
    mintmark__v1__order_spec__init(&order);
    order.order = order_id;
    order.quantity = 9;
    make_order(&sample);
    sample_make(&other, &order.base, "order");
    sample.change.proposal_statement = other.change.proposal_statement;
    sample.change.change_id = other.change.change_id;
    assert_int_equal(change_check_proposal(&sample.change, &proposal, &problem), STATUS_DATA_LOSS);
    assert_string_equal(problem.field, "content");
}

static void assert_shows(const struct sample *sample, const char *words)
{
    AUTO(buf_done) struct buf text;
    struct problem problem = {0};
    buf_init(&text, 65536);
    assert_ok(change_view_text(change_kind_find(sample->kind), &sample->change,
                               buf_span(&sample->content), &text, &problem));
    buf_append_byte(&text, 0);
    assert_non_null(strstr((const char *)text.data, words));
}

static void test_shown(void **state)
{
    (void)state;
    AUTO(sample_done) struct sample sample;
    AUTO(sample_done) struct sample before;
    AUTO(buf_done) struct buf json;
    Mintmark__V1__OrderSpec order;
    struct problem problem = {0};
    make_order(&sample);
    assert_shows(&sample, "order WO-1 · new\n");
    assert_shows(&sample, "+ order: WO-1\n+ quantity: 1000\n");
    mintmark__v1__order_spec__init(&order);
    order.order = order_id;
    order.quantity = 9;
    sample_make(&before, &order.base, "order");
    sample.change.previous_content = before.change.content;
    assert_shows(&sample, "  order: WO-1\n- quantity: 9\n+ quantity: 1000\n");
    buf_init(&json, 65536);
    assert_ok(change_view_json(&sample.change, &json, &problem));
    buf_append_byte(&json, 0);
    assert_non_null(strstr((const char *)json.data, "\"decoded_content\": {\"order\": \"WO-1\""));
}

static bool extends(uint32_t revision, uint32_t quantity, const char *line)
{
    AUTO(sample_done) struct sample given;
    AUTO(sample_done) struct sample complete;
    Mintmark__V1__OrderSpec order;
    char *lines[] = {call_text(line)};
    struct problem problem = {0};
    bool result = false;
    make_order(&given);
    mintmark__v1__order_spec__init(&order);
    order.order = order_id;
    order.quantity = quantity;
    order.product_revision = revision;
    order.n_lines = line == NULL ? 0 : 1;
    order.lines = lines;
    sample_make(&complete, &order.base, "order");
    assert_ok(change_view_extends(change_kind_find("order"), buf_span(&given.content),
                                  buf_span(&complete.content), &result, &problem));
    return result;
}

/* The server completes what was left to it, and nothing else. */
static void test_completed(void **state)
{
    (void)state;
    assert_true(extends(0, 1000, NULL));
    assert_true(extends(2, 1000, NULL));
    assert_true(extends(2, 1000, "line1"));
    assert_false(extends(2, 1001, NULL));
    assert_false(extends(2, 0, NULL));
}

/* Nobody agrees to what is not shown. */
static void test_unknown_field(void **state)
{
    (void)state;
    AUTO(sample_done) struct sample sample;
    AUTO(buf_done) struct buf text;
    static const uint8_t UNKNOWN[] = {0xF8, 0x07, 0x01}; /* field 127 */
    struct problem problem = {0};
    make_order(&sample);
    buf_append(&sample.content, UNKNOWN, sizeof(UNKNOWN));
    buf_init(&text, 65536);
    assert_int_equal(change_view_text(change_kind_find("order"), &sample.change,
                                      buf_span(&sample.content), &text, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CONTENT_UNKNOWN");
    assert_null(change_kind_find("something-new"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees),          cmocka_unit_test(test_lies),
        cmocka_unit_test(test_other_statement), cmocka_unit_test(test_shown),
        cmocka_unit_test(test_unknown_field),   cmocka_unit_test(test_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

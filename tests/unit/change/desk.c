#include "tests/unit/change/desk.h"

#include <openssl/rand.h>

#include "lib/base/hex.h"
#include "server/rpc/change.h"
#include "server/rpc/order_data.h"
#include "server/rpc/unit.h"
#include "tests/support/test.h"

void desk_init(struct desk *desk)
{
    *desk = (struct desk){0};
    world_init(&desk->world);
    desk->world.config.two_person_rule = MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_ON;
    struct worker *worker = &desk->worker;
    worker->config = &desk->world.config;
    worker->listener = LISTENER_ADMINISTRATION;
    worker->store = desk->world.factory.store;
    worker->environment = desk->world.factory.environment;
    worker->environment.products = &desk->world.catalog;
    worker->environment.find_product = rpc_catalog_find;
    assert_ok(decode_arena_new(WORKER_ARENA_SIZE, &worker->arena));
    worker->environment.rows = worker->arena;
    worker->environment.read_row = rpc_order_data_read;
    person_init(&desk->op1, "spiffe://test/operator/op-1");
    person_init(&desk->op2, "spiffe://test/operator/op-2");
    person_init(&desk->auditor, "spiffe://test/auditor/aud-1");
    person_init(&desk->station, "spiffe://test/station/s1");
    person_enrol(&desk->op1, MINTMARK__V1__ROLE__ROLE_OPERATOR, "", worker->store);
    person_enrol(&desk->op2, MINTMARK__V1__ROLE__ROLE_OPERATOR, "", worker->store);
    person_enrol(&desk->auditor, MINTMARK__V1__ROLE__ROLE_AUDITOR, "", worker->store);
    person_enrol(&desk->station, MINTMARK__V1__ROLE__ROLE_STATION, "line1", worker->store);
}

void desk_done(struct desk *desk)
{
    decode_arena_free(desk->worker.arena);
    person_done(&desk->op1);
    person_done(&desk->op2);
    person_done(&desk->auditor);
    person_done(&desk->station);
    world_done(&desk->world);
}

void desk_call(struct desk *desk, const struct person *caller, enum method method,
               struct span request, struct buf *ret_answer)
{
    struct buf frame;
    struct frame_answer answer;
    size_t size = 0;
    struct frame_call call = {
        .call_id = 7,
        .deadline_ms = INT64_MAX,
        .method = (uint16_t)method,
        .listener = LISTENER_ADMINISTRATION,
        .identity = span_text(caller->id),
        .message = request,
    };
    memcpy(call.spki_sha256, caller->spki_sha256, sizeof(call.spki_sha256));
    buf_init(&frame, RPC_ANSWER_MAX);
    buf_init(ret_answer, RPC_ANSWER_MAX);
    assert_ok(worker_serve(&desk->worker, &call, &frame));
    assert_ok(frame_read_answer(buf_span(&frame), &answer, &size));
    desk->code = answer.grpc_code;
    (void)snprintf(desk->reason, sizeof(desk->reason), "%.*s", (int)answer.reason.size,
                   answer.reason.size > 0 ? (const char *)answer.reason.data : "");
    buf_append_span(ret_answer, answer.message);
    buf_done(&frame);
}

static void pack(const ProtobufCMessage *message, struct buf *ret_bytes)
{
    buf_init(ret_bytes, RPC_ANSWER_MAX);
    (void)protobuf_c_message_pack(
        message, buf_extend(ret_bytes, protobuf_c_message_get_packed_size(message)));
    assert_ok(buf_status(ret_bytes));
}

static Mintmark__V1__Change *call_for_change(struct desk *desk, const struct person *caller,
                                             enum method method, const ProtobufCMessage *request)
{
    struct buf bytes;
    struct buf answer;
    Mintmark__V1__Change *change = NULL;
    pack(request, &bytes);
    desk_call(desk, caller, method, buf_span(&bytes), &answer);
    if (desk->code == 0) {
        change = mintmark__v1__change__unpack(NULL, answer.size, answer.data);
        assert_non_null(change);
    }
    buf_done(&answer);
    buf_done(&bytes);
    return change;
}

static enum method method_of(const char *kind)
{
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        if (strcmp(METHOD_CHANGES[i].kind, kind) == 0) {
            return METHOD_CHANGES[i].method;
        }
    }
    fail_msg("no kind %s", kind);
    return METHOD_COUNT;
}

Mintmark__V1__Change *desk_look(struct desk *desk, const struct person *caller, const char *kind,
                                const ProtobufCMessage *content)
{
    struct buf bytes;
    Mintmark__V1__Proposal proposal;
    mintmark__v1__proposal__init(&proposal);
    pack(content, &bytes);
    proposal.content = (ProtobufCBinaryData){bytes.size, bytes.data};
    proposal.validate_only = true;
    Mintmark__V1__Change *change = call_for_change(desk, caller, method_of(kind), &proposal.base);
    buf_done(&bytes);
    return change;
}

static const char *either(const char *wrong, const char *right)
{
    return wrong != NULL ? wrong : right;
}

/* Writes and signs the statement, as wrong as it is told to be. */
static void make_statement(struct desk *desk, const struct person *caller,
                           const Mintmark__V1__Change *change, enum approval_act act,
                           const struct desk_wrong *wrong, struct buf *ret_signature)
{
    struct approval_statement statement = {.act = wrong->act != 0 ? wrong->act : act};
    struct buf text;
    struct buf reference;
    bool at_once = change_kind_named(change->kind)->row->agreement == METHOD_AGREEMENT_ONE;
    int64_t life = act == APPROVAL_PROPOSE && !at_once ? 86400 : 600;
    (void)snprintf(statement.origin, sizeof(statement.origin), "%s",
                   either(wrong->origin, change->origin));
    (void)snprintf(statement.change, sizeof(statement.change), "%s",
                   either(wrong->change, change->kind));
    (void)snprintf(statement.subject, sizeof(statement.subject), "%s",
                   either(wrong->subject, change->subject));
    (void)snprintf(statement.by, sizeof(statement.by), "%s", either(wrong->by, caller->id));
    digest_sha256(span_make(change->content.data, change->content.len), statement.content);
    statement.content[0] ^= wrong->content ? 1 : 0;
    statement.expires = desk->worker.environment.now_ms() / 1000 +
                        (wrong->expires_in != 0 ? wrong->expires_in : life);
    assert_int_equal(RAND_bytes(statement.reference, sizeof(statement.reference)), 1);
    if (act == APPROVAL_APPROVE) {
        buf_init(&reference, 64);
        assert_ok(hex_decode(span_text(change->change_id), &reference));
        memcpy(statement.reference, reference.data, sizeof(statement.reference));
        buf_done(&reference);
    }
    buf_init(&text, APPROVAL_STATEMENT_MAX);
    assert_ok(approval_statement_write(&statement, &text));
    (void)snprintf(desk->text, sizeof(desk->text), "%.*s", (int)text.size, (const char *)text.data);
    if (wrong->text != NULL) {
        (void)snprintf(desk->text, sizeof(desk->text), "%s", wrong->text);
    }
    struct signer signer =
        pki_plain_key_signer(wrong->signer != NULL ? wrong->signer->key : caller->key);
    buf_init(ret_signature, APPROVAL_SIGNATURE_MAX);
    assert_ok(signer.sign(signer.context, span_text(desk->text), ret_signature, NULL));
    buf_done(&text);
}

Mintmark__V1__Change *desk_propose(struct desk *desk, const struct person *caller, const char *kind,
                                   const ProtobufCMessage *content, struct desk_wrong wrong)
{
    struct buf signature;
    Mintmark__V1__Proposal proposal;
    Mintmark__V1__Change *looked = desk_look(desk, caller, kind, content);
    if (looked == NULL) {
        return NULL;
    }
    make_statement(desk, caller, looked, APPROVAL_PROPOSE, &wrong, &signature);
    mintmark__v1__proposal__init(&proposal);
    proposal.content = looked->content;
    proposal.statement = desk->text;
    proposal.signature = (ProtobufCBinaryData){signature.size, signature.data};
    Mintmark__V1__Change *change = call_for_change(desk, caller, method_of(kind), &proposal.base);
    mintmark__v1__change__free_unpacked(looked, NULL);
    buf_done(&signature);
    return change;
}

void desk_request(struct desk *desk, const struct person *caller, const char *kind,
                  const ProtobufCMessage *content, struct buf *ret_request)
{
    struct buf signature;
    const struct desk_wrong right = {0};
    Mintmark__V1__Proposal proposal;
    Mintmark__V1__Change *looked = desk_look(desk, caller, kind, content);
    assert_non_null(looked);
    make_statement(desk, caller, looked, APPROVAL_PROPOSE, &right, &signature);
    mintmark__v1__proposal__init(&proposal);
    proposal.content = looked->content;
    proposal.statement = desk->text;
    proposal.signature = (ProtobufCBinaryData){signature.size, signature.data};
    pack(&proposal.base, ret_request);
    mintmark__v1__change__free_unpacked(looked, NULL);
    buf_done(&signature);
}

Mintmark__V1__Change *desk_approve(struct desk *desk, const struct person *caller,
                                   const Mintmark__V1__Change *change, struct desk_wrong wrong)
{
    struct buf signature;
    Mintmark__V1__Approval approval;
    make_statement(desk, caller, change, APPROVAL_APPROVE, &wrong, &signature);
    mintmark__v1__approval__init(&approval);
    approval.statement = desk->text;
    approval.signature = (ProtobufCBinaryData){signature.size, signature.data};
    Mintmark__V1__Change *applied =
        call_for_change(desk, caller, METHOD_APPROVE_CHANGE, &approval.base);
    buf_done(&signature);
    return applied;
}

void desk_expect_refusal(struct desk *desk, const Mintmark__V1__Change *change, const char *reason)
{
    if (change != NULL || strcmp(desk->reason, reason) != 0) {
        fail_msg("expected %s, got %s (code %d)", reason, desk->reason, desk->code);
    }
}

void desk_expect_state(struct desk *desk, Mintmark__V1__Change *change,
                       Mintmark__V1__ChangeState state)
{
    if (change == NULL) {
        fail_msg("refused: %s", desk->reason);
        return;
    }
    assert_int_equal(change->state, state);
    mintmark__v1__change__free_unpacked(change, NULL);
}

void desk_change(struct desk *desk, const char *kind, const ProtobufCMessage *content)
{
    Mintmark__V1__Change *change =
        desk_propose(desk, &desk->op1, kind, content, (struct desk_wrong){0});
    if (change == NULL) {
        fail_msg("refused: %s", desk->reason);
        return;
    }
    if (change->state == STATE(WAITING)) {
        desk_expect_state(desk, desk_approve(desk, &desk->op2, change, (struct desk_wrong){0}),
                          STATE(APPLIED));
    } else {
        assert_int_equal(change->state, STATE(APPLIED));
    }
    mintmark__v1__change__free_unpacked(change, NULL);
}

Mintmark__V1__Product *desk_product(const struct desk *desk, const char *name, const char *more)
{
    char yaml[2048];
    const char *rest = strchr(WORLD_PRODUCT, '\n'); /* its first line is its name */
    (void)snprintf(yaml, sizeof(yaml), "name: %s%s%s", name, rest, more);
    return world_read_product(&desk->world, yaml);
}

void desk_have_product(struct desk *desk, const char *name, const char *more)
{
    Mintmark__V1__Product *product = desk_product(desk, name, more);
    desk_change(desk, "product", &product->base);
    mintmark__v1__product__free_unpacked(product, NULL);
}

Mintmark__V1__OrderSpec desk_order(const char *id, const char *product, uint32_t quantity)
{
    Mintmark__V1__OrderSpec order;
    mintmark__v1__order_spec__init(&order);
    order.order = rpc_unit_borrow_text(id);
    order.product = rpc_unit_borrow_text(product);
    order.quantity = quantity;
    return order;
}

#include <stdio.h>

#include "lib/approval/statement.h"
#include "lib/base/hex.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"

static status_t find(const struct rpc_call *call, const struct approval_statement *approval,
                     struct store_change *ret_change, struct problem *problem)
{
    char id[2 * SHA256_SIZE + 1];
    hex_encode(SPAN_OF(approval->reference), id);
    status_t status = store_change_find(call->environment->store, id, ret_change);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "CHANGE_UNKNOWN", "statement",
                           "no change %.16s was proposed here", id);
    }
    return status;
}

static status_t check_waiting(const struct store_change *stored, int64_t now_ms,
                              struct problem *problem)
{
    if (stored->state == STORE_CHANGE_SUPERSEDED) {
        return problem_say(problem, STATUS_REFUSED, "SUPERSEDED", "statement",
                           "%.200s has changed since this was proposed: propose it anew",
                           stored->subject);
    }
    if (stored->state != STORE_CHANGE_WAITING && stored->state != STORE_CHANGE_EXPIRED) {
        return problem_say(problem, STATUS_REFUSED, "CHANGE_DECIDED", "statement",
                           "this change does not wait for an approval: it is %s",
                           stored->state == STORE_CHANGE_WITHDRAWN ? "withdrawn" : "applied");
    }
    if (stored->expires <= now_ms / 1000) {
        return problem_say(problem, STATUS_REFUSED, "CHANGE_EXPIRED", "statement",
                           "nobody approved this change in time: propose it anew");
    }
    return STATUS_OK;
}

/* Who proposed it must still be who they were: an operator, not blocked, with the same key. */
static status_t check_proposer(const struct rpc_call *call, const struct store_change *stored,
                               const struct approval_statement *proposal, struct problem *problem)
{
    struct store_identity proposer;
    status_t status =
        store_identity_get(call->environment->store, span_text(proposal->by), &proposer);
    if (status == STATUS_OK && !proposer.blocked &&
        proposer.role == MINTMARK__V1__ROLE__ROLE_OPERATOR &&
        approval_statement_verify(
            span_make(proposer.spki, proposer.spki_size), span_text(stored->proposal.text),
            span_make(stored->proposal.signature, stored->proposal.signature_size),
            NULL) == STATUS_OK) {
        return STATUS_OK;
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    return problem_say(problem, STATUS_REFUSED, "PROPOSER", "statement",
                       "%.200s, who proposed this, is not an operator with that key any more: "
                       "propose it anew",
                       proposal->by);
}

/* Of what may have changed since the call came: the caller, the change and its proposer. */
static status_t check_people(const struct change *change, const struct approval_statement *approval,
                             const struct approval_statement *proposal,
                             struct store_change *ret_stored, struct problem *problem)
{
    TRY(change_check_caller(change->call, problem));
    TRY(find(change->call, approval, ret_stored, problem));
    TRY(check_waiting(ret_stored, change->now_ms, problem));
    return check_proposer(change->call, ret_stored, proposal, problem);
}

/* Inside the transaction: checked against the present state, and done. */
static status_t apply(const struct change *change, struct store_change *stored,
                      struct change_plan *plan, struct problem *problem)
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(change_check(change, plan, problem));
    if (plan->unchanged || strcmp(plan->subject, stored->subject) != 0) {
        return problem_say(problem, STATUS_REFUSED, "SUPERSEDED", "statement",
                           "%.200s has changed since this was proposed: propose it anew",
                           stored->subject);
    }
    TRY(issue_leaf_approved(stored, change->now_ms, &leaf, problem));
    TRY(store_leaf_put(store, buf_span(&leaf), change->now_ms));
    TRY(change_apply(change, plan, stored));
    stored->state = STORE_CHANGE_APPLIED;
    return STATUS_OK;
}

static status_t decide(const struct rpc_call *call, const struct approval_statement *approval,
                       struct change *change, struct store_change *stored, struct change_plan *plan,
                       struct problem *problem)
{
    struct approval_statement proposal;
    struct span text = span_text(stored->proposal.text);
    TRY(approval_statement_read(text, &proposal, problem));
    TRY(approval_statement_matches(approval, &proposal, text, problem));
    TRY(change_clock(change, problem));
    change->proposer = proposal.by;
    struct store *store = call->environment->store;
    const struct store_signed given = stored->approval;
    TRY(store_begin(store, change->now_ms, problem));
    status_t status = check_people(change, approval, &proposal, stored, problem);
    if (status == STATUS_OK) {
        stored->approval = given;
        status = apply(change, stored, plan, problem);
    }
    return store_end(store, status, problem);
}

static status_t read_content(const struct rpc_call *call, const struct store_change *stored,
                             struct buf *content, struct change *ret_change,
                             struct problem *problem)
{
    buf_init(content, STORE_BLOB_MAX);
    TRY(store_content_get(call->environment->store, stored->content, content));
    *ret_change = (struct change){
        .call = call,
        .kind = change_kind_named(stored->kind),
        .content = buf_span(content),
        .now_ms = call->environment->now_ms(),
    };
    return ret_change->kind == NULL
               ? STATUS_DATA_LOSS
               : decode_message(call->arena, ret_change->kind->content, ret_change->content, false,
                                &ret_change->message, problem);
}

status_t rpc_approve_change(const struct rpc_call *call, struct span request,
                            struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct approval_statement statement;
    struct store_change stored;
    struct store_signed given = {0};
    struct change change;
    AUTO(buf_done) struct buf content = {0};
    AUTO(change_plan_done) struct change_plan plan = {0};
    TRY(decode_message(call->arena, &mintmark__v1__approval__descriptor, request, false, &message,
                       problem));
    const Mintmark__V1__Approval *approval = (const Mintmark__V1__Approval *)message;
    TRY(change_statement_read(call, approval->statement,
                              span_make(approval->signature.data, approval->signature.len),
                              APPROVAL_APPROVE, &statement, &given, problem));
    TRY(find(call, &statement, &stored, problem));
    TRY(read_content(call, &stored, &content, &change, problem));
    stored.approval = given;
    TRY(decide(call, &statement, &change, &stored, &plan, problem));
    const struct change_answer answer = {
        .state = MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_APPLIED,
        .content = change.content,
        .previous = buf_span(&plan.previous),
        .plan = &plan,
    };
    return change_answer_write(call, &stored, &answer, ret_answer);
}

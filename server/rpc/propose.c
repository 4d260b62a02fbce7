/* Every method that proposes a change; which kind, its row in proto/changes.def tells. */
#include <stdio.h>

#include "lib/approval/statement.h"
#include "lib/base/hex.h"
#include "server/issue/authorize.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"

/* The statement must say exactly what this change is. */
static status_t check_statement(const struct change *change, const struct change_plan *plan,
                                const struct approval_statement *statement, struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(change->content, digest);
    if (strcmp(statement->change, change->kind->row->kind) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_CHANGE", "statement",
                           "the statement proposes a change of kind %s, this method is for %s",
                           statement->change, change->kind->row->kind);
    }
    if (strcmp(statement->subject, plan->subject) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_SUBJECT", "statement",
                           "the statement is about %.100s, this change is of %.100s: look at it "
                           "again",
                           statement->subject, plan->subject);
    }
    if (memcmp(statement->content, digest, sizeof(digest)) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_CONTENT", "statement",
                           "the statement is for another content: its digest differs");
    }
    return STATUS_OK;
}

static status_t check_unused(const struct change *change, const struct store_change *stored,
                             struct problem *problem)
{
    status_t status = store_statement_spent(change->call->environment->store, stored->id);
    if (status == STATUS_OK) {
        return problem_say(problem, STATUS_EXISTS, "STATEMENT_USED", "statement",
                           "this statement was answered before: sign a new one");
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t check_waiting(const struct change *change, const struct change_plan *plan,
                              struct problem *problem)
{
    unsigned waiting = 0;
    if (!plan->needs_second) {
        return STATUS_OK;
    }
    TRY(store_change_waiting(change->call->environment->store, change->proposer,
                             change->now_ms / 1000, &waiting));
    return waiting < CHANGE_WAITING_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_EXHAUSTED, "WAITING_MAX", "",
                             "%u of your proposals wait already: have them approved, or take some "
                             "back with mintmark change withdraw",
                             waiting);
}

static status_t fill(const struct change *change, const struct change_plan *plan,
                     struct store_change *stored)
{
    struct store *store = change->call->environment->store;
    stored->state = STORE_CHANGE_WAITING;
    stored->needs_second = plan->needs_second;
    stored->product_class = plan->product_class;
    stored->proposed_ms = change->now_ms;
    (void)snprintf(stored->kind, sizeof(stored->kind), "%s", change->kind->row->kind);
    (void)snprintf(stored->subject, sizeof(stored->subject), "%s", plan->subject);
    (void)snprintf(stored->reason, sizeof(stored->reason), "%s", plan->reason);
    TRY(store_content_put(store, change->content, stored->content));
    return plan->previous.size == 0
               ? STATUS_OK
               : store_content_put(store, buf_span(&plan->previous), stored->previous);
}

static status_t put(struct store *store, const struct store_change *stored, struct problem *problem)
{
    char id[2 * STORE_DIGEST_SIZE + 1];
    AUTO(buf_done) struct buf leaf = {0};
    status_t status = store_change_put(store, stored);
    if (status == STATUS_EXISTS) {
        hex_encode(SPAN_OF(stored->id), id);
        return problem_say(problem, status, "STATEMENT_USED", "statement",
                           "this statement was accepted before: see change %.16s, or sign a new "
                           "one",
                           id);
    }
    TRY(status);
    TRY(issue_leaf_proposed(stored, &leaf, problem));
    return store_leaf_put(store, buf_span(&leaf), stored->proposed_ms);
}

/* A statement is good for one answer, also if that is a refusal: whoever saw it could come back
 * with it when it would be accepted. */
static status_t spend(const struct change *change, const struct store_change *stored)
{
    const struct issue_environment *environment = change->call->environment;
    return store_statement_spend(environment->store, stored,
                                 issue_authorize_now_ms(environment) / 1000);
}

/* Inside the transaction: checked again, put on record, and done if one person is enough. */
static status_t record(const struct change *change, const struct approval_statement *statement,
                       struct change_plan *plan, struct store_change *stored,
                       struct problem *problem)
{
    struct store *store = change->call->environment->store;
    TRY(change_check_caller(change->call, problem));
    TRY(check_unused(change, stored, problem));
    TRY(change_check(change, plan, problem));
    TRY(check_statement(change, plan, statement, problem));
    if (plan->unchanged) {
        return spend(change, stored);
    }
    TRY(check_waiting(change, plan, problem));
    TRY(fill(change, plan, stored));
    TRY(put(store, stored, problem));
    if (plan->needs_second) {
        return STATUS_OK;
    }
    TRY(change_apply(change, plan, stored));
    stored->state = STORE_CHANGE_APPLIED;
    return STATUS_OK;
}

static Mintmark__V1__ChangeState state_of(const struct change_plan *plan,
                                          const struct store_change *stored, int64_t now_ms)
{
    return plan->unchanged ? MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_UNCHANGED
                           : change_state_of(stored, now_ms);
}

static status_t answer(const struct change *change, const struct change_plan *plan,
                       const struct store_change *stored, Mintmark__V1__ChangeState state,
                       struct buf *ret_answer)
{
    const struct change_answer content = {
        .state = state,
        .content = plan->complete.size > 0 ? buf_span(&plan->complete) : change->content,
        .previous = buf_span(&plan->previous),
        .plan = plan,
    };
    return change_answer_write(change->call, stored, &content, ret_answer);
}

static status_t validate(const struct change *change, struct buf *ret_answer,
                         struct problem *problem)
{
    AUTO(change_plan_done) struct change_plan plan = {0};
    struct store_change nothing = {0};
    TRY(change_check(change, &plan, problem));
    (void)snprintf(nothing.kind, sizeof(nothing.kind), "%s", change->kind->row->kind);
    return answer(change, &plan, &nothing,
                  plan.unchanged ? MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_UNCHANGED
                                 : MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_VALIDATED,
                  ret_answer);
}

static status_t decide(struct change *change, const struct approval_statement *statement,
                       struct change_plan *plan, struct store_change *stored,
                       struct problem *problem)
{
    struct store *store = change->call->environment->store;
    TRY(change_clock(change, problem));
    TRY(store_begin(store, change->now_ms, problem));
    return store_end(store, record(change, statement, plan, stored, problem), problem);
}

/* In a transaction of its own: that of the proposal was rolled back. Where even this cannot be
 * written nothing can be accepted either. */
static void spend_refused(const struct change *change, const struct store_change *stored)
{
    const struct issue_environment *environment = change->call->environment;
    struct problem problem = {0};
    status_t status =
        store_begin(environment->store, issue_authorize_now_ms(environment), &problem);
    if (status == STATUS_OK) {
        status = store_end(environment->store, spend(change, stored), &problem);
    }
    (void)status;
}

static status_t propose(struct change *change, const Mintmark__V1__Proposal *proposal,
                        struct buf *ret_answer, struct problem *problem)
{
    struct approval_statement statement;
    struct store_change stored = {0};
    AUTO(change_plan_done) struct change_plan plan = {0};
    TRY(change_statement_read(change->call, proposal->statement,
                              span_make(proposal->signature.data, proposal->signature.len),
                              APPROVAL_PROPOSE, &statement, &stored.proposal, problem));
    approval_statement_id(span_text(proposal->statement), stored.id);
    stored.expires = statement.expires;
    (void)snprintf(stored.person, sizeof(stored.person), "%s", change->proposer);
    status_t status = decide(change, &statement, &plan, &stored, problem);
    if (status != STATUS_OK) {
        spend_refused(change, &stored);
        return status;
    }
    return answer(change, &plan, &stored, state_of(&plan, &stored, change->now_ms), ret_answer);
}

status_t rpc_propose(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                     struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    const struct change_kind *kind = change_kind_of_method(call->method);
    TRY(decode_message(call->arena, &mintmark__v1__proposal__descriptor, request, false, &message,
                       problem));
    const Mintmark__V1__Proposal *proposal = (const Mintmark__V1__Proposal *)message;
    struct change change = {
        .call = call,
        .kind = kind,
        .content = span_make(proposal->content.data, proposal->content.len),
        .proposer = call->identity,
        .now_ms = call->environment->now_ms(),
        .validate_only = proposal->validate_only,
    };
    TRY(decode_message(call->arena, kind->content, change.content, false, &change.message,
                       problem));
    return change.validate_only ? validate(&change, ret_answer, problem)
                                : propose(&change, proposal, ret_answer, problem);
}

#include "server/rpc/change.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/approval/statement.h"
#include "server/issue/authorize.h"
#include "server/issue/ended.h"

static const struct change_kind KINDS[] = {
#define CHANGE(name, kind, method, agreement, content, check, apply)                               \
    {&METHOD_CHANGES[METHOD_CHANGE_##name], &(content), check, apply},
#include "proto/changes.def"
#undef CHANGE
};

const struct change_kind *change_kind_of_method(enum method method)
{
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        if (KINDS[i].row->method == method) {
            return &KINDS[i];
        }
    }
    return NULL;
}

const struct change_kind *change_kind_named(const char *name)
{
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        if (strcmp(KINDS[i].row->kind, name) == 0) {
            return &KINDS[i];
        }
    }
    return NULL;
}

void change_plan_done(struct change_plan *plan)
{
    buf_done(&plan->previous);
    buf_done(&plan->complete);
    issue_revocation_done(&plan->revocation);
}

bool change_is_word(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7F) {
            return false;
        }
    }
    return text[0] != '\0';
}

void change_find(struct change_plan *plan, const char *format, ...)
{
    if (plan->finding_count == CHANGE_FINDINGS_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(plan->findings[plan->finding_count++], CHANGE_FINDING_SIZE, format, arguments);
    va_end(arguments);
}

void change_needs_one(struct change_plan *plan, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(plan->reason, sizeof(plan->reason), format, arguments);
    va_end(arguments);
    plan->needs_second = false;
}

status_t change_check(const struct change *change, struct change_plan *ret_plan,
                      struct problem *problem)
{
    struct change_plan *plan = ret_plan;
    buf_init(&plan->previous, STORE_BLOB_MAX);
    buf_init(&plan->complete, STORE_BLOB_MAX);
    plan->needs_second = true;
    (void)snprintf(plan->reason, sizeof(plan->reason), "two people for every %s",
                   change->kind->row->kind);
    if (change->kind->row->agreement == METHOD_AGREEMENT_ONE) {
        change_needs_one(plan, "stopping takes one person");
    }
    TRY(change->kind->check(change, plan, problem));
    if (plan->needs_second && !change->call->two_person_rule) {
        change_needs_one(plan, "the two-person rule is OFF on this server");
    }
    return STATUS_OK;
}

status_t change_clock(struct change *change, struct problem *problem)
{
    const struct issue_environment *environment = change->call->environment;
    if (change->kind->row->agreement != METHOD_AGREEMENT_ONE) {
        return issue_authorize_clock(environment, problem);
    }
    change->now_ms = issue_authorize_now_ms(environment);
    return STATUS_OK;
}

status_t change_check_caller(const struct rpc_call *call, struct problem *problem)
{
    const struct store_identity *before = call->caller;
    struct store_identity now;
    status_t status = store_identity_get(call->environment->store, span_text(call->identity), &now);
    if (status == STATUS_OK && !now.blocked && now.role == before->role &&
        span_equal(span_make(now.spki, now.spki_size),
                   span_make(before->spki, before->spki_size))) {
        return STATUS_OK;
    }
    return status != STATUS_OK && status != STATUS_NOT_FOUND
               ? status
               : problem_say(problem, STATUS_DENIED, "ROLE", "",
                             "this identity was blocked or changed just now");
}

/* What waits for the same thing has lost what it was based on. Kinds of one thing begin with the
 * same word: "order-amend" is of "order". A unit may be called as an order is. */
static status_t supersede(const struct change *change, const struct store_change *by)
{
    struct store *store = change->call->environment->store;
    struct store_change rival;
    char word[STORE_CHANGE_KIND_MAX + 1];
    status_t status = STATUS_OK;
    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(by->kind, "-"), by->kind);
    while ((status = store_change_rival(store, by->subject, word, &rival)) == STATUS_OK) {
        TRY(issue_ended(store, &rival, STORE_CHANGE_SUPERSEDED, by->id, change->now_ms, NULL));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t change_apply(const struct change *change, const struct change_plan *plan,
                      const struct store_change *stored)
{
    struct store *store = change->call->environment->store;
    TRY(store_change_apply(store, stored));
    TRY(change->kind->apply(change, plan, stored->id));
    return supersede(change, stored);
}

/* What one person does at once has no reason to be good for longer. */
static int64_t longest(const struct approval_statement *statement)
{
    const struct change_kind *kind = change_kind_named(statement->change);
    if (statement->act == APPROVAL_APPROVE) {
        return CHANGE_APPROVAL_S;
    }
    return kind != NULL && kind->row->agreement == METHOD_AGREEMENT_ONE ? CHANGE_AT_ONCE_S
                                                                        : CHANGE_PROPOSAL_S;
}

static status_t check_time(const struct rpc_call *call, const struct approval_statement *statement,
                           struct problem *problem)
{
    int64_t now = issue_authorize_now_ms(call->environment) / 1000;
    int64_t most = longest(statement);
    if (statement->expires <= now) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_EXPIRED", "statement",
                           "the statement has expired: sign a new one, and check the clocks");
    }
    if (statement->expires > now + most) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_TOO_LONG", "statement",
                           "the statement is valid for too long: %lld minutes at most",
                           (long long)most / 60);
    }
    return STATUS_OK;
}

static status_t check_words(const struct rpc_call *call, const struct approval_statement *statement,
                            int act, struct problem *problem)
{
    if ((int)statement->act != act) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_ACT", "statement",
                           "the statement is to %s here",
                           act == APPROVAL_PROPOSE ? "propose" : "approve");
    }
    if (strcmp(statement->origin, call->environment->origin) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_ORIGIN", "statement",
                           "the statement is for log %s, this is %s", statement->origin,
                           call->environment->origin);
    }
    if (strcmp(statement->by, call->identity) != 0) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_BY", "statement",
                           "the statement is by somebody else: sign it as %s", call->identity);
    }
    return check_time(call, statement, problem);
}

status_t change_statement_read(const struct rpc_call *call, const char *text, struct span signature,
                               int act, struct approval_statement *ret_statement,
                               struct store_signed *ret_signed, struct problem *problem)
{
    const struct store_identity *caller = call->caller;
    TRY(approval_statement_read(span_text(text), ret_statement, problem));
    TRY(check_words(call, ret_statement, act, problem));
    TRY(approval_statement_verify(span_make(caller->spki, caller->spki_size), span_text(text),
                                  signature, problem));
    (void)snprintf(ret_signed->text, sizeof(ret_signed->text), "%s", text);
    memcpy(ret_signed->signature, signature.data, signature.size);
    ret_signed->signature_size = signature.size;
    return STATUS_OK;
}

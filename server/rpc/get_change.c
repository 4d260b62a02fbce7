#include "server/rpc/change.h"

static status_t find(const struct rpc_call *call, const char *prefix,
                     struct store_change *ret_change, struct problem *problem)
{
    status_t status = store_change_find(call->environment->store, prefix, ret_change);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "CHANGE_UNKNOWN", "change_id",
                           "no change begins so: give 8 characters of its id or more");
    }
    if (status == STATUS_EXISTS) {
        return problem_say(problem, STATUS_INVALID, "CHANGE_AMBIGUOUS", "change_id",
                           "several changes begin so: give more of the id");
    }
    return status;
}

static bool is_zero(const uint8_t digest[static STORE_DIGEST_SIZE])
{
    static const uint8_t zero[STORE_DIGEST_SIZE];
    return memcmp(digest, zero, sizeof(zero)) == 0;
}

/* What waits is checked as it would be now, so that an approver sees the findings; what is refused
 * now becomes a finding too. */
static void check_again(const struct rpc_call *call, const struct store_change *stored,
                        struct span content, struct change_plan *plan)
{
    struct problem problem = {0};
    struct change change = {
        .call = call,
        .kind = change_kind_named(stored->kind),
        .content = content,
        .proposer = call->identity,
        .now_ms = call->environment->now_ms(),
        .validate_only = true,
    };
    if (change.kind == NULL) {
        return;
    }
    status_t status = decode_message(call->arena, change.kind->content, content, false,
                                     &change.message, &problem);
    if (status == STATUS_OK) {
        status = change_check(&change, plan, &problem);
    }
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        change_find(plan, "REFUSED now: %.150s", problem.message);
    }
}

status_t rpc_get_change(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                        struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_change stored;
    AUTO(buf_done) struct buf content;
    AUTO(buf_done) struct buf previous;
    AUTO(change_plan_done) struct change_plan plan = {0};
    buf_init(&content, STORE_BLOB_MAX);
    buf_init(&previous, STORE_BLOB_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_change_request__descriptor, request, false,
                       &message, problem));
    TRY(find(call, ((const Mintmark__V1__GetChangeRequest *)message)->change_id, &stored, problem));
    TRY(store_content_get(call->environment->store, stored.content, &content));
    if (!is_zero(stored.previous)) {
        TRY(store_content_get(call->environment->store, stored.previous, &previous));
    }
    Mintmark__V1__ChangeState state = change_state_of(&stored, call->environment->now_ms());
    if (state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING) {
        check_again(call, &stored, buf_span(&content), &plan);
    }
    const struct change_answer answer = {
        .state = state,
        .content = buf_span(&content),
        .previous = buf_span(&previous),
        .plan = &plan,
    };
    return change_answer_write(call, &stored, &answer, ret_answer);
}

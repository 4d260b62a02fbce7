/* Kinds "order-pause", "order-resume" and "order-close". */
#include <stdio.h>

#include "lib/base/utf8.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"

status_t change_check_reason(const char *reason, struct problem *problem)
{
    size_t characters = 0;
    bool good = utf8_length(span_text(reason), &characters) == STATUS_OK && characters >= 1 &&
                characters <= CHANGE_ACT_REASON_MAX;
    for (const char *c = reason; good && *c != '\0'; c++) {
        good = (unsigned char)*c >= 0x20 && *c != 0x7F;
    }
    return good ? STATUS_OK
                : problem_say(problem, STATUS_INVALID, "REASON", "reason",
                              "say why, in 1 to %d printable characters", CHANGE_ACT_REASON_MAX);
}

static status_t check(const struct change *change, enum store_order_state state,
                      struct change_plan *plan, struct problem *problem)
{
    const Mintmark__V1__OrderAct *message = (const Mintmark__V1__OrderAct *)change->message;
    TRY(change_check_reason(message->reason, problem));
    status_t status =
        store_order_get(change->call->environment->store, message->order, &plan->order);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "ORDER_UNKNOWN", "order",
                           "no such order: check the work order's id");
    }
    TRY(status);
    plan->unchanged = plan->order.state == state;
    if (plan->order.state == STORE_ORDER_CLOSED && !plan->unchanged) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_CLOSED", "order",
                           "order %s is closed: open another one", plan->order.id);
    }
    plan->order.state = state;
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->order.id);
    change_find(plan, "%u of %u identities are taken", plan->order.counted,
                plan->order.identities_limit);
    return STATUS_OK;
}

status_t change_pause_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    return check(change, STORE_ORDER_PAUSED, plan, problem);
}

status_t change_resume_check(const struct change *change, struct change_plan *plan,
                             struct problem *problem)
{
    return check(change, STORE_ORDER_OPEN, plan, problem);
}

status_t change_close_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    return check(change, STORE_ORDER_CLOSED, plan, problem);
}

status_t change_act_apply(const struct change *change, const struct change_plan *plan,
                          const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_order_change(store, &plan->order, change->now_ms));
    TRY(issue_leaf_order_state(&plan->order, id, change->now_ms, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

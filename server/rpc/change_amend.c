/* Kind "order-amend": another count, end or product revision, for units not yet reserved. */
#include <stdio.h>
#include <time.h>

#include "server/issue/leaf.h"
#include "server/rpc/change.h"
#include "server/rpc/order.h"

enum { DAY_MS = 86400 * 1000 };

/* The order as an amendment that says everything: what a diff is made against. */
static status_t write_previous(const struct store_order *order, struct buf *ret_content)
{
    char id[STORE_NAME_MAX + 1];
    char overage[16];
    char date[16] = "";
    Mintmark__V1__OrderAmendment message;
    mintmark__v1__order_amendment__init(&message);
    (void)snprintf(id, sizeof(id), "%s", order->id);
    (void)snprintf(overage, sizeof(overage), "%u", order->identities_limit - order->quantity);
    if (order->window_to != 0) {
        time_t last = (time_t)(order->window_to - 1);
        struct tm parts;
        (void)gmtime_r(&last, &parts);
        (void)strftime(date, sizeof(date), "%Y-%m-%d", &parts);
    }
    message.order = id;
    message.quantity = order->quantity;
    message.overage = overage;
    message.not_after = date;
    message.product_revision = order->product_revision;
    uint8_t *place =
        buf_extend(ret_content, mintmark__v1__order_amendment__get_packed_size(&message));
    TRY(buf_status(ret_content));
    (void)mintmark__v1__order_amendment__pack(&message, place);
    return STATUS_OK;
}

static status_t find_order(const struct change *change, const char *id,
                           struct store_order *ret_order, struct problem *problem)
{
    status_t status = store_order_get(change->call->environment->store, id, ret_order);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "ORDER_UNKNOWN", "order",
                           "no such order: check the work order's id");
    }
    TRY(status);
    if (ret_order->state == STORE_ORDER_CLOSED) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_CLOSED", "order",
                           "order %s is closed: open another one", ret_order->id);
    }
    return STATUS_OK;
}

static bool same(const struct store_order *a, const struct store_order *b)
{
    return a->quantity == b->quantity && a->identities_limit == b->identities_limit &&
           a->window_to == b->window_to && a->product_revision == b->product_revision;
}

static status_t check_counts(const struct store_order *order, struct problem *problem)
{
    if (order->identities_limit >= order->counted) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "AMEND_BELOW", "quantity",
                       "%u identities of order %s are taken already: it cannot have fewer",
                       order->counted, order->id);
}

/* Rows are checked against the product when they come, not when a unit takes them. */
static status_t check_data(const struct store_order *before, const struct store_order *after,
                           struct problem *problem)
{
    if (before->product_revision == after->product_revision ||
        (before->data_left == 0 && before->data_staged == 0)) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "AMEND_DATA", "product_revision",
                       before->data_left > 0
                           ? "%u rows of order data that no unit took were checked against "
                             "revision %u: close the order, and open another one for them"
                           : "an upload of order data waits (%u rows imported) that was checked "
                             "against revision %u: it is forgotten within a day, amend the order "
                             "then",
                       before->data_left, before->product_revision);
}

/* One person inside the limits: for an order of an earlier day only if it does not grow, or the
 * limit of each day could be passed the next morning. */
static status_t check_limits(const struct change *change, const struct store_order *before,
                             struct change_plan *plan, struct problem *problem)
{
    const struct store_order *after = &plan->order;
    bool today = before->created_ms >= change->now_ms / DAY_MS * DAY_MS;
    uint64_t added = after->identities_limit > before->identities_limit
                         ? after->identities_limit - before->identities_limit
                         : 0;
    if (added > 0 && !today) {
        (void)snprintf(plan->reason, sizeof(plan->reason), "it raises an order of an earlier day");
        return STATUS_OK;
    }
    return change_limits(change, after, added, plan, problem);
}

status_t change_amend_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    const Mintmark__V1__OrderAmendment *message =
        (const Mintmark__V1__OrderAmendment *)change->message;
    struct store_order before;
    TRY(find_order(change, message->order, &before, problem));
    plan->order = before;
    TRY(rpc_order_amend(message, &plan->order, problem));
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", before.id);
    TRY(write_previous(&before, &plan->previous));
    plan->unchanged = same(&before, &plan->order);
    TRY(check_counts(&plan->order, problem));
    TRY(check_data(&before, &plan->order, problem));
    TRY(change_order_product(change, &plan->order, plan, problem));
    change_find(plan, "%u wanted, at most %u identities of %s@%u; %u are taken",
                plan->order.quantity, plan->order.identities_limit, plan->order.product,
                plan->order.product_revision, plan->order.counted);
    return check_limits(change, &before, plan, problem);
}

status_t change_amend_apply(const struct change *change, const struct change_plan *plan,
                            const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_order_change(store, &plan->order, change->now_ms));
    TRY(issue_leaf_amended(&plan->order, id, change->now_ms, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

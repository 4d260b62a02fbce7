/* What an approved product leaves to one person: orders and rework inside its limits. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/pki/spiffe.h"
#include "server/rpc/change.h"

enum { DAY_MS = 86400 * 1000 };

static bool is_named(const Mintmark__V1__Limits *limits, const char *identity)
{
    for (size_t i = 0; i < limits->n_created_by; i++) {
        if (pki_spiffe_is_named(identity, "operator", limits->created_by[i])) {
            return true;
        }
    }
    return limits->n_created_by == 0;
}

static void others(const struct store_order *order, struct change_plan *plan)
{
    (void)snprintf(plan->reason, sizeof(plan->reason),
                   "the limits of %s@%u are for other operators", order->product,
                   order->product_revision);
}

static status_t compare_order(const struct change *change, const struct store_order *order,
                              const Mintmark__V1__Limits *limits, uint64_t added,
                              struct change_plan *plan)
{
    uint64_t today = 0;
    int64_t since = change->now_ms / DAY_MS * DAY_MS;
    TRY(store_order_sum(change->call->environment->store, order->product, since, &today));
    if (!is_named(limits, change->proposer)) {
        others(order, plan);
    } else if (order->identities_limit > limits->per_order) {
        (void)snprintf(plan->reason, sizeof(plan->reason),
                       "%u identities are over the %u per order of %s@%u", order->identities_limit,
                       limits->per_order, order->product, order->product_revision);
    } else if (limits->per_day != 0 && today + added > limits->per_day) {
        (void)snprintf(plan->reason, sizeof(plan->reason),
                       "with %llu identities ordered today this is over the %u per day of %s@%u",
                       (unsigned long long)today, limits->per_day, order->product,
                       order->product_revision);
    } else {
        change_needs_one(plan, "inside the limits of %s@%u", order->product,
                         order->product_revision);
    }
    return STATUS_OK;
}

/* What a revision of an order's product leaves to one person, for the kind that asks. */
typedef status_t compare_t(const struct change *change, const struct store_order *order,
                           const Mintmark__V1__Limits *limits, uint64_t added,
                           struct change_plan *plan);

static status_t with_limits(const struct change *change, const struct store_order *order,
                            uint64_t added, compare_t *compare, struct change_plan *plan,
                            struct problem *problem)
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf content;
    uint32_t newest = 0;
    buf_init(&content, STORE_BLOB_MAX);
    TRY(store_product_newest(store, order->product, &newest));
    if (order->product_revision != newest) {
        (void)snprintf(plan->reason, sizeof(plan->reason),
                       "the limits of %s@%u ended with revision %u", order->product,
                       order->product_revision, newest);
        return STATUS_OK;
    }
    TRY(store_product_get(store, order->product, order->product_revision, &content, problem));
    Mintmark__V1__Product *product =
        mintmark__v1__product__unpack(NULL, content.size, content.data);
    if (product == NULL) {
        return STATUS_DATA_LOSS;
    }
    status_t status = STATUS_OK;
    if (product->limits == NULL) {
        (void)snprintf(plan->reason, sizeof(plan->reason), "%s@%u has no limits for one person",
                       order->product, order->product_revision);
    } else {
        status = compare(change, order, product->limits, added, plan);
    }
    mintmark__v1__product__free_unpacked(product, NULL);
    return status;
}

status_t change_limits(const struct change *change, const struct store_order *order, uint64_t added,
                       struct change_plan *plan, struct problem *problem)
{
    return with_limits(change, order, added, compare_order, plan, problem);
}

/* A percentage was checked when the product was proposed; "" is none. */
static status_t compare_rework(const struct change *change, const struct store_order *order,
                               const Mintmark__V1__Limits *limits, uint64_t added,
                               struct change_plan *plan)
{
    uint64_t most = order->quantity * (uint64_t)strtoul(limits->rework, NULL, 10) / 100;
    uint64_t reworked = order->superseded + added;
    if (!is_named(limits, change->proposer)) {
        others(order, plan);
    } else if (reworked > most) {
        (void)snprintf(plan->reason, sizeof(plan->reason),
                       "%llu reworked are over the %llu that %s@%u leaves to one person",
                       (unsigned long long)reworked, (unsigned long long)most, order->product,
                       order->product_revision);
    } else {
        change_needs_one(plan, "%llu of %llu reworked: inside the limits of %s@%u",
                         (unsigned long long)reworked, (unsigned long long)most, order->product,
                         order->product_revision);
    }
    return STATUS_OK;
}

status_t change_limits_rework(const struct change *change, const struct store_order *order,
                              struct change_plan *plan, struct problem *problem)
{
    return with_limits(change, order, 1, compare_rework, plan, problem);
}

/* Kind "order", and what every kind asks of an order's product. */
#include <stdio.h>

#include "lib/unit/supplied.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"
#include "server/rpc/order.h"

/* Whether every unit will find its values. */
static void find_data(const struct store_order *order, const struct unit_product *product,
                      struct change_plan *plan)
{
    char field[PROBLEM_FIELD_MAX];
    if (unit_supplied_wanted(product, field)) {
        change_find(plan,
                    "each unit needs a row of order data (%.60s): %u are imported, the order may "
                    "use %u",
                    field, order->data_rows, order->identities_limit);
    }
}

status_t change_order_product(const struct change *change, const struct store_order *order,
                              struct change_plan *plan, struct problem *problem)
{
    const struct issue_environment *environment = change->call->environment;
    const struct unit_product *product = NULL;
    struct store_product about;
    status_t status =
        store_product_about(environment->store, order->product, order->product_revision, &about);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_REFUSED, "PRODUCT_NOT_APPROVED", "product_revision",
                           "%s has no approved revision %u: see mintmark product list",
                           order->product, order->product_revision);
    }
    TRY(status);
    TRY(environment->find_product(environment->products, order->product, order->product_revision,
                                  &product, problem));
    if ((environment->allow_classes & 1u << product->product_class) == 0) {
        return problem_say(problem, STATUS_REFUSED, "CLASS_NOT_ALLOWED", "product",
                           "the product is of class %s, which this server does not allow: see "
                           "allow_classes",
                           unit_product_class_name(product->product_class));
    }
    TRY(rpc_order_check(order, product, problem));
    find_data(order, product, plan);
    plan->product_class = (int)product->product_class;
    int64_t until = order->window_to != 0 ? order->window_to - 1 : change->now_ms / 1000;
    if (until > product->pai->certificate.not_after || until > product->pai->paa.not_after) {
        return problem_say(problem, STATUS_REFUSED, "PAI_VALIDITY", "not_after",
                           "PAI %s or its PAA ends before the order does", product->pai->name);
    }
    return STATUS_OK;
}

/* Without a revision nothing can be signed: it is filled in for whoever asks what it would be. */
static status_t choose_revision(const struct change *change, const Mintmark__V1__OrderSpec *message,
                                struct change_plan *plan, struct problem *problem)
{
    struct store_order *order = &plan->order;
    order->product_revision = message->product_revision;
    if (message->product_revision != 0) {
        return STATUS_OK;
    }
    if (!change->validate_only) {
        return problem_say(problem, STATUS_INVALID, "REVISION", "product_revision",
                           "name the product's revision: a proposal is exact");
    }
    status_t status = store_product_newest(change->call->environment->store, order->product,
                                           &order->product_revision);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_REFUSED, "PRODUCT_NOT_APPROVED", "product",
                           "%s has no approved revision: see mintmark product list",
                           order->product);
    }
    TRY(status);
    Mintmark__V1__OrderSpec complete = *message;
    complete.product_revision = order->product_revision;
    uint8_t *place =
        buf_extend(&plan->complete, mintmark__v1__order_spec__get_packed_size(&complete));
    TRY(buf_status(&plan->complete));
    (void)mintmark__v1__order_spec__pack(&complete, place);
    return STATUS_OK;
}

static bool same_order(const struct store_order *a, const struct store_order *b)
{
    return strcmp(a->product, b->product) == 0 && a->product_revision == b->product_revision &&
           a->quantity == b->quantity && a->identities_limit == b->identities_limit &&
           strcmp(a->lines, b->lines) == 0 && a->window_from == b->window_from &&
           a->window_to == b->window_to;
}

static status_t check_new(const struct change *change, struct change_plan *plan,
                          struct problem *problem)
{
    struct store_order known;
    status_t status = store_order_get(change->call->environment->store, plan->order.id, &known);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    plan->unchanged = same_order(&known, &plan->order);
    return plan->unchanged
               ? STATUS_OK
               : problem_say(problem, STATUS_EXISTS, "ORDER_EXISTS", "order",
                             "order %s exists and says something else: amend it, or choose another "
                             "id",
                             plan->order.id);
}

status_t change_order_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    const Mintmark__V1__OrderSpec *message = (const Mintmark__V1__OrderSpec *)change->message;
    TRY(rpc_order_read(message, change->now_ms, &plan->order, problem));
    TRY(choose_revision(change, message, plan, problem));
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->order.id);
    TRY(change_order_product(change, &plan->order, plan, problem));
    TRY(check_new(change, plan, problem));
    change_find(plan, "%u wanted, at most %u identities of %s@%u", plan->order.quantity,
                plan->order.identities_limit, plan->order.product, plan->order.product_revision);
    return change_limits(change, &plan->order, plan->order.identities_limit, plan, problem);
}

status_t change_order_apply(const struct change *change, const struct change_plan *plan,
                            const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_order_add(store, &plan->order));
    TRY(issue_leaf_order(&plan->order, id, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

/* Kind "product": the next revision of a product. */
#include <stdio.h>
#include <stdlib.h>

#include "server/issue/leaf.h"
#include "server/rpc/change.h"

static void tell_limits(const Mintmark__V1__Limits *limits, struct change_plan *plan)
{
    if (limits == NULL) {
        change_find(plan, "limits: none, every order needs two people");
        return;
    }
    char day[24] = "no limit";
    if (limits->per_day != 0) {
        (void)snprintf(day, sizeof(day), "%u", limits->per_day);
    }
    change_find(plan, "limits: %u per order, %s per day; rework %s; %zu named operators (0: all)",
                limits->per_order, day, limits->rework[0] != '\0' ? limits->rework : "none",
                limits->n_created_by);
}

static status_t check_class(const struct rpc_call *call, enum unit_class product_class,
                            struct problem *problem)
{
    if ((call->environment->allow_classes & 1u << product_class) != 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CLASS_NOT_ALLOWED", "",
                       "the product is of class %s, which this server does not allow: see "
                       "allow_classes",
                       unit_product_class_name(product_class));
}

/* The revision it would be, and the one before. */
static status_t check_revision(const struct change *change, struct change_plan *plan,
                               struct problem *problem)
{
    struct store *store = change->call->environment->store;
    uint32_t newest = 0;
    status_t status = store_product_newest(store, plan->product.name, &newest);
    if (status == STATUS_OK) {
        TRY(store_product_get(store, plan->product.name, newest, &plan->previous, problem));
        plan->unchanged = span_equal(buf_span(&plan->previous), change->content);
    } else if (status != STATUS_NOT_FOUND) {
        return status;
    }
    plan->product.revision = plan->unchanged ? newest : newest + 1;
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s@%u", plan->product.name,
                   plan->product.revision);
    return STATUS_OK;
}

static void find(const struct unit_product *product, struct change_plan *plan)
{
    bool test = product->product_class == UNIT_CLASS_TEST;
    change_find(plan, "class %s%s", unit_product_class_name(product->product_class),
                test ? ": NOT FOR SALE" : "");
    change_find(plan, "certification declaration: covers VID %04X, PID %04X under PAI %s",
                product->image.vendor_id, product->image.product_id, product->pai->name);
    change_find(plan, "partitions: the largest factory data of a unit fits");
}

status_t change_product_check(const struct change *change, struct change_plan *plan,
                              struct problem *problem)
{
    const Mintmark__V1__Product *message = (const Mintmark__V1__Product *)change->message;
    struct unit_product product;
    TRY(rpc_catalog_read(change->call->environment->products, message, &product, problem));
    TRY(check_class(change->call, product.product_class, problem));
    find(&product, plan);
    tell_limits(message->limits, plan);
    plan->product_class = (int)product.product_class;
    plan->product = (struct store_product){.product_class = (int)product.product_class,
                                           .created_ms = change->now_ms};
    (void)snprintf(plan->product.name, sizeof(plan->product.name), "%s", product.name);
    return check_revision(change, plan, problem);
}

status_t change_product_apply(const struct change *change, const struct change_plan *plan,
                              const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    struct store_product product = plan->product;
    AUTO(buf_done) struct buf leaf = {0};
    memcpy(product.change_id, id, sizeof(product.change_id));
    TRY(store_product_add(store, &product, change->content));
    TRY(issue_leaf_product(&product, change->content, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

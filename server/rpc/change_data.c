/* Kind "order-data". */
#include <stdio.h>

#include "lib/base/digest.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"
#include "server/rpc/order_data.h"

static const Mintmark__V1__OrderDataImport *message_of(const struct change *change)
{
    return (const Mintmark__V1__OrderDataImport *)change->message;
}

/* Exactly the rows that were signed. */
static status_t check_rows(const struct change *change, struct problem *problem)
{
    const Mintmark__V1__OrderDataImport *message = message_of(change);
    uint8_t sha256[SHA256_SIZE];
    uint32_t count = 0;
    AUTO(buf_done) struct buf sha256s;
    buf_init(&sha256s, (size_t)STORE_DATA_ROWS_MAX * SHA256_SIZE);
    TRY(store_data_staged(change->call->environment->store, message->order, message->upload.data,
                          &sha256s, &count));
    digest_sha256(buf_span(&sha256s), sha256);
    return count > 0 && count == message->rows &&
                   span_equal(SPAN_OF(sha256),
                              span_make(message->rows_sha256.data, message->rows_sha256.len))
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "ROWS_CHANGED", "rows",
                             "%u rows are here, and not those that were signed; another upload may "
                             "have begun: import the file again",
                             count);
}

static status_t check_clash(const struct change *change, struct problem *problem)
{
    const Mintmark__V1__OrderDataImport *message = message_of(change);
    uint32_t number = 0;
    char field[16];
    status_t status = store_data_clash(change->call->environment->store, message->order,
                                       message->upload.data, &number, field);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    (void)problem_say(problem, STATUS_EXISTS, "ORDER_DATA_TAKEN", field,
                      "a unit, an imported row or another row of the file has it already: each is "
                      "used once");
    return rpc_order_data_place(number, STATUS_EXISTS, problem);
}

static void show(const struct change *change, const struct store_order *order,
                 struct change_plan *plan)
{
    uint32_t rows = message_of(change)->rows;
    uint64_t left = (uint64_t)order->data_left + rows;
    uint32_t unused = order->identities_limit - order->counted;
    change_find(plan, "%u rows for %s@%u; %u were imported before, %u of them are left", rows,
                order->product, order->product_revision, order->data_rows, order->data_left);
    if (left < unused) {
        change_find(plan, "the order may use %u more: %llu have no row yet", unused,
                    (unsigned long long)(unused - left));
    }
}

status_t change_data_check(const struct change *change, struct change_plan *plan,
                           struct problem *problem)
{
    const Mintmark__V1__OrderDataImport *message = message_of(change);
    const struct unit_product *product = NULL;
    TRY(rpc_order_data_find(change->call, message->order,
                            span_make(message->upload.data, message->upload.len), &plan->order,
                            &product, problem));
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->order.id);
    TRY(rpc_order_data_room(&plan->order, message->rows, problem));
    TRY(check_rows(change, problem));
    TRY(check_clash(change, problem));
    change_needs_one(plan, "the order was agreed on: its data takes one person");
    plan->product_class = (int)product->product_class;
    show(change, &plan->order, plan);
    return STATUS_OK;
}

status_t change_data_apply(const struct change *change, const struct change_plan *plan,
                           const uint8_t id[static STORE_DIGEST_SIZE])
{
    const Mintmark__V1__OrderDataImport *message = message_of(change);
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_data_import(store, plan->order.id, message->upload.data, id, message->rows));
    TRY(issue_leaf_data(plan->order.id, message->rows,
                        span_make(message->rows_sha256.data, message->rows_sha256.len), id,
                        change->now_ms, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

#include "server/rpc/order_data.h"

#include <stdio.h>

#include "proto/product/row.h"
#include "server/issue/authorize.h"

/* A page and an import are held to the time: to a DAC's, and to that of forgetting. */
status_t rpc_order_data_find(const struct rpc_call *call, const char *id, struct span upload,
                             struct store_order *ret_order, const struct unit_product **ret_product,
                             struct problem *problem)
{
    const struct issue_environment *environment = call->environment;
    char field[PROBLEM_FIELD_MAX];
    if (upload.size != STORE_DATA_UPLOAD_SIZE) {
        return problem_say(problem, STATUS_INVALID, "UPLOAD", "upload",
                           "an upload is named by %d random bytes", STORE_DATA_UPLOAD_SIZE);
    }
    TRY(issue_authorize_clock(environment, problem));
    status_t status = store_order_get(environment->store, id, ret_order);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "ORDER_UNKNOWN", "order",
                           "no such order: check the work order's id");
    }
    TRY(status);
    if (ret_order->state == STORE_ORDER_CLOSED) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_CLOSED", "order",
                           "order %s is closed: open another one", ret_order->id);
    }
    TRY(environment->find_product(environment->products, ret_order->product,
                                  ret_order->product_revision, ret_product, problem));
    return unit_supplied_wanted(*ret_product, field)
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "SUPPLIED_NOT_WANTED", "order",
                             "product %.64s wants nothing supplied: write supplied where its units "
                             "bring a value",
                             ret_order->product);
}

status_t rpc_order_data_room(const struct store_order *order, uint32_t rows,
                             struct problem *problem)
{
    uint32_t unused = order->identities_limit - order->counted;
    uint32_t room = unused > order->data_left ? unused - order->data_left : 0;
    return rows <= room
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "ORDER_DATA_MANY", "rows",
                             "order %s can use %u rows more, %u of its identities are unused and "
                             "%u rows are left: leave rows out, or amend the order first",
                             order->id, room, unused, order->data_left);
}

status_t rpc_order_data_place(uint32_t number, status_t status, struct problem *problem)
{
    struct problem own = *problem;
    (void)problem_complete(&own, status);
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "rows[%u]", number);
    return problem_say(problem, status, own.reason, field, "%s%s%s", own.field,
                       own.field[0] != '\0' ? ": " : "", own.message);
}

status_t rpc_order_data_read(void *arena, struct span row, struct unit_supplied *ret_supplied,
                             struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(arena, &mintmark__v1__order_data_row__descriptor, row, false, &message,
                       problem));
    return product_row_read((const Mintmark__V1__OrderDataRow *)message, ret_supplied, problem);
}

#include <stdio.h>

#include "server/rpc/unit.h"

static status_t answer(const struct store_order *order, struct buf *ret_answer)
{
    char id[STORE_NAME_MAX + 1];
    char product[STORE_NAME_MAX + 1];
    (void)snprintf(id, sizeof(id), "%s", order->id);
    (void)snprintf(product, sizeof(product), "%s", order->product);
    Mintmark__V1__OrderSpec spec;
    mintmark__v1__order_spec__init(&spec);
    spec.order = id;
    spec.product = product;
    spec.quantity = order->quantity;
    char overage[16];
    (void)snprintf(overage, sizeof(overage), "%u", order->identities_limit - order->quantity);
    spec.overage = overage;
    Google__Protobuf__Timestamp created;
    google__protobuf__timestamp__init(&created);
    created.seconds = order->created_ms / 1000;
    created.nanos = (int32_t)(order->created_ms % 1000) * 1000000;
    Mintmark__V1__Order response;
    mintmark__v1__order__init(&response);
    response.spec = &spec;
    response.state = (Mintmark__V1__OrderState)order->state;
    response.product_revision = order->product_revision;
    response.identities_limit = order->identities_limit;
    response.reserved = order->counted - order->issued - order->voided;
    response.issued = order->issued - order->flashed - order->scrapped - order->superseded;
    response.flashed = order->flashed;
    response.scrapped = order->scrapped;
    response.superseded = order->superseded;
    response.voided = order->voided;
    response.unused = order->identities_limit - order->counted;
    response.created = &created;
    return rpc_unit_pack(&response.base, ret_answer);
}

status_t rpc_get_order(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                       struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_order order;
    TRY(decode_message(call->arena, &mintmark__v1__get_order_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__GetOrderRequest *get = (const Mintmark__V1__GetOrderRequest *)message;
    status_t status = strlen(get->order) > STORE_NAME_MAX
                          ? STATUS_NOT_FOUND
                          : store_order_get(call->environment->store, get->order, &order);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_NOT_FOUND, "ORDER_UNKNOWN", "order",
                           "no such order: check the work order's id");
    }
    TRY(status);
    return answer(&order, ret_answer);
}

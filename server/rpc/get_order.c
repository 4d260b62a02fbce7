#include "mintmark/v1/config.pb-c.h"
#include "server/issue/authorize.h"
#include "server/rpc/order_answer.h"
#include "server/rpc/unit.h"

status_t rpc_get_order(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                       struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_order order;
    TRY(decode_message(call->arena, &mintmark__v1__get_order_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__GetOrderRequest *get = (const Mintmark__V1__GetOrderRequest *)message;
    rpc_note_ids(call, get->order, "");
    if (call->caller->role == MINTMARK__V1__ROLE__ROLE_STATION) {
        TRY(issue_authorize_order(call->environment, get->order, call->line, &order, problem));
    } else {
        status_t status = store_order_get(call->environment->store, get->order, &order);
        if (status == STATUS_NOT_FOUND) {
            return problem_say(problem, status, "ORDER_UNKNOWN", "order",
                               "no such order: check the work order's id");
        }
        TRY(status);
    }
    struct rpc_order_answer answer;
    rpc_order_answer_fill(&order, &answer);
    return rpc_unit_pack(&answer.message.base, ret_answer);
}

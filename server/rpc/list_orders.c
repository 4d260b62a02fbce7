#include "mintmark/v1/administration.pb-c.h"
#include "server/rpc/order_answer.h"
#include "server/rpc/page.h"
#include "server/rpc/rpc.h"
#include "server/store/change.h"

static status_t add(void *context, const struct store_order *order)
{
    struct rpc_order_answer answer;
    rpc_order_answer_fill(order, &answer);
    return rpc_page_add(context, order->id, &answer.message.base);
}

status_t rpc_list_orders(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                         struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct rpc_page page;
    TRY(decode_message(call->arena, &mintmark__v1__list_orders_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListOrdersRequest *list = (const Mintmark__V1__ListOrdersRequest *)message;
    TRY(rpc_page_begin(list->page_size, list->page_token, ret_answer, &page, problem));
    TRY(store_order_list(call->environment->store, (int)list->state, list->page_token,
                         page.size + 1, add, &page));
    return rpc_page_end(&page);
}

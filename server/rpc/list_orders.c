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

static status_t list(const struct rpc_call *call, const Mintmark__V1__ListOrdersRequest *request,
                     const struct store_order_filter *filter, struct buf *ret_answer,
                     struct problem *problem)
{
    struct rpc_page page;
    TRY(rpc_page_begin(request->page_size, request->page_token, ret_answer, &page, problem));
    TRY(store_order_list(call->environment->store, filter, request->page_token, page.size + 1, add,
                         &page));
    return rpc_page_end(&page);
}

status_t rpc_list_orders(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                         struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(call->arena, &mintmark__v1__list_orders_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListOrdersRequest *asked = (const Mintmark__V1__ListOrdersRequest *)message;
    const struct store_order_filter filter = {.state = (int)asked->state};
    return list(call, asked, &filter, ret_answer, problem);
}

/* What a station may work on now; of other orders it learns nothing, not even how many. */
status_t rpc_list_open_orders(const struct rpc_call *call, struct span request,
                              struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(call->arena, &mintmark__v1__list_orders_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListOrdersRequest *asked = (const Mintmark__V1__ListOrdersRequest *)message;
    if (asked->state != MINTMARK__V1__ORDER_STATE__ORDER_STATE_UNSPECIFIED &&
        asked->state != MINTMARK__V1__ORDER_STATE__ORDER_STATE_OPEN) {
        return problem_say(problem, STATUS_INVALID, "STATE", "state",
                           "stations see open orders only: leave state out");
    }
    const struct store_order_filter filter = {.state = STORE_ORDER_OPEN, .line = call->line};
    return list(call, asked, &filter, ret_answer, problem);
}

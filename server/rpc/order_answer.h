/* An order of the store as a message. */
#ifndef MINTMARK_SERVER_RPC_ORDER_ANSWER_H
#define MINTMARK_SERVER_RPC_ORDER_ANSWER_H

#include <google/protobuf/timestamp.pb-c.h>

#include "mintmark/v1/order.pb-c.h"
#include "server/store/store.h"

enum { RPC_ORDER_LINES_MAX = STORE_LINES_MAX / 2 };

/* The message with everything it points at; do not move it. */
struct rpc_order_answer {
    struct store_order order; /* texts that the message borrows */
    Mintmark__V1__Order message;
    Mintmark__V1__OrderSpec spec;
    Google__Protobuf__Timestamp created;
    char overage[16];
    char not_before[16];
    char not_after[16];
    char *lines[RPC_ORDER_LINES_MAX];
};

void rpc_order_answer_fill(const struct store_order *order, struct rpc_order_answer *ret_answer);

#endif

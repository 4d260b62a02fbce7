/* An order message → the plain order of the store. */
#ifndef MINTMARK_SERVER_RPC_ORDER_H
#define MINTMARK_SERVER_RPC_ORDER_H

#include "lib/unit/product.h"
#include "mintmark/v1/administration.pb-c.h"
#include "mintmark/v1/order.pb-c.h"
#include "server/store/store.h"

/* product_revision is the message's, 0 for none. now_ms gives notBefore's day. */
MUST_USE status_t rpc_order_read(const Mintmark__V1__OrderSpec *message, int64_t now_ms,
                                 struct store_order *ret_order, struct problem *problem);

/* Changes the order as the amendment says; what is empty or 0 in it stays. */
MUST_USE status_t rpc_order_amend(const Mintmark__V1__OrderAmendment *message,
                                  struct store_order *order, struct problem *problem);

/* Whether units of the product can be made for that order; asked before it is stored. */
MUST_USE status_t rpc_order_check(const struct store_order *order,
                                  const struct unit_product *product, struct problem *problem);

#endif

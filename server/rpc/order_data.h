/* What uploading and importing order data share. */
#ifndef MINTMARK_SERVER_RPC_ORDER_DATA_H
#define MINTMARK_SERVER_RPC_ORDER_DATA_H

#include "lib/unit/supplied.h"
#include "server/rpc/rpc.h"
#include "server/store/data.h"

enum {
    RPC_ORDER_DATA_PAGE_MAX = 100, /* rows of a page */
    /* iterations of its verifiers, which are computed again: a second. The row that reaches it is
     * the last that is taken. */
    RPC_ORDER_DATA_WORK_MAX = 1000000,
};

/* The order and its product, which wants values supplied. Refused: ORDER_UNKNOWN, ORDER_CLOSED,
 * UPLOAD, SUPPLIED_NOT_WANTED, CLOCK_JUMP. */
MUST_USE status_t rpc_order_data_find(const struct rpc_call *call, const char *id,
                                      struct span upload, struct store_order *ret_order,
                                      const struct unit_product **ret_product,
                                      struct problem *problem);

/* STATUS_REFUSED ORDER_DATA_MANY: the order cannot use so many rows more. */
MUST_USE status_t rpc_order_data_room(const struct store_order *order, uint32_t rows,
                                      struct problem *problem);

/* The problem of row `number` of an upload: its field goes into the text, the row into the field.
 */
status_t rpc_order_data_place(uint32_t number, status_t status, struct problem *problem);

/* For struct issue_environment.read_row; the context is the call's arena. */
MUST_USE status_t rpc_order_data_read(void *arena, struct span row,
                                      struct unit_supplied *ret_supplied, struct problem *problem);

#endif

/* A row of order data ↔ the plain values that are supplied for a unit: one code for client and
 * server. */
#ifndef MINTMARK_PROTO_PRODUCT_ROW_H
#define MINTMARK_PROTO_PRODUCT_ROW_H

#include "lib/unit/supplied.h"
#include "mintmark/v1/order_data.pb-c.h"

enum {
    PRODUCT_ROW_NONCE_SIZE = 32,
    PRODUCT_ROW_MAX = 60 * 1024, /* bytes: a page holds it, and sealed with its unit the store */
};

/* Borrows the message. Refuses a nonce of another size and more values than a unit can have;
 * whether the values suit a product is not judged here. */
MUST_USE status_t product_row_read(const Mintmark__V1__OrderDataRow *message,
                                   struct unit_supplied *ret_supplied, struct problem *problem);

/* Appends the serialized message to a secret buffer. */
MUST_USE status_t product_row_write(const struct unit_supplied *supplied,
                                    const uint8_t nonce[static PRODUCT_ROW_NONCE_SIZE],
                                    struct buf *ret_bytes);

#endif

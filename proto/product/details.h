/* The optional keys of a product message → struct image_details. */
#ifndef MINTMARK_PROTO_PRODUCT_DETAILS_H
#define MINTMARK_PROTO_PRODUCT_DETAILS_H

#include "lib/image/factory_data.h"
#include "mintmark/v1/product.pb-c.h"

/* Borrows the message. Refuses what the plain struct cannot hold; the rest is for
 * image_product_check. */
MUST_USE status_t product_details_read(const Mintmark__V1__Product *message,
                                       struct image_details *ret_details, struct problem *problem);

#endif

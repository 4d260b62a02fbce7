/* Vendor data of a product message → the plain values of lib/image. */
#ifndef MINTMARK_PROTO_PRODUCT_VENDOR_H
#define MINTMARK_PROTO_PRODUCT_VENDOR_H

#include "lib/image/factory_data.h"
#include "mintmark/v1/product.pb-c.h"

/* Fills the product's vendor values, which borrow the message. Names, encodings and values are for
 * image_product_check. */
MUST_USE status_t product_vendor_read(const Mintmark__V1__Product *message,
                                      struct image_product *product, struct problem *problem);

/* Reads the files that vendor data of product.yaml at `path` names into the message. */
MUST_USE status_t product_vendor_files_read(const char *path, Mintmark__V1__Product *message,
                                            struct problem *problem);

#endif

/* The partition table that a product names. */
#ifndef MINTMARK_PROTO_PRODUCT_TABLE_H
#define MINTMARK_PROTO_PRODUCT_TABLE_H

#include <stdbool.h>

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

/* Reads the table that product.yaml at `path` names and puts what it says of the product's labels,
 * type and flag checked, in the place of its name. Nothing happens when none is named. */
MUST_USE status_t product_table_read(const char *path, Mintmark__V1__Product *message,
                                     struct problem *problem);

/* Whether the product's units have an esp_secure_cert partition. */
bool product_table_wants_secure_cert(const Mintmark__V1__Product *message);

#endif

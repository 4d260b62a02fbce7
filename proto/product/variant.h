/* Variants of a product: one file, several product ids, colours or part numbers. An order names
 * "a19-lamp/white"; all variants share the product's revisions. */
#ifndef MINTMARK_PROTO_PRODUCT_VARIANT_H
#define MINTMARK_PROTO_PRODUCT_VARIANT_H

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

enum { PRODUCT_VARIANTS_MAX = 64 };

/* What stands behind the '/' of "a19-lamp/white", or NULL. */
const char *product_variant_of(const char *name);

/* The product with a variant's values in place of its own, named "a19-lamp/white", without
 * variants. STATUS_NOT_FOUND when it has no such variant. Caller frees ret_message. */
MUST_USE status_t product_variant_apply(const Mintmark__V1__Product *message, const char *variant,
                                        Mintmark__V1__Product **ret_message,
                                        struct problem *problem);

#endif

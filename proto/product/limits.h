/* What of a product's orders one person may do. */
#ifndef MINTMARK_PROTO_PRODUCT_LIMITS_H
#define MINTMARK_PROTO_PRODUCT_LIMITS_H

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

/* Whether limits are well formed; NULL, none, are. */
MUST_USE status_t product_limits_check(const Mintmark__V1__Limits *limits, struct problem *problem);

#endif

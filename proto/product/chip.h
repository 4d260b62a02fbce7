/* A chip's name. */
#ifndef MINTMARK_PROTO_PRODUCT_CHIP_H
#define MINTMARK_PROTO_PRODUCT_CHIP_H

#include "mintmark/v1/product.pb-c.h"

/* "esp32c6", as esptool names it; "" for an unlisted value. */
const char *product_chip_name(Mintmark__V1__Chip chip);

#endif

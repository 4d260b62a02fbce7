/* The `dac` of a product message → the plain product. */
#ifndef MINTMARK_PROTO_PRODUCT_DAC_H
#define MINTMARK_PROTO_PRODUCT_DAC_H

#include "lib/unit/product.h"
#include "mintmark/v1/product.pb-c.h"

/* Fills where the key is, its eFuse block, validity and common name. `dac` may be NULL: defaults.
 * Chips and blocks are for image_product_check. */
MUST_USE status_t product_dac_read(const Mintmark__V1__Dac *dac, struct unit_product *product,
                                   struct problem *problem);

#endif

/* Groups of keys that a product leaves out (lib/image/SPEC.md §1.7). */
#ifndef MINTMARK_PROTO_PRODUCT_LEFT_OUT_H
#define MINTMARK_PROTO_PRODUCT_LEFT_OUT_H

#include "lib/unit/product.h"
#include "mintmark/v1/product.pb-c.h"

bool product_left_out(const Mintmark__V1__Product *message, Mintmark__V1__LeftOut group);

/* Last of all fields: the rest of ret_product has been read. A field of a group that is left out is
 * refused with LEFT_OUT: it could have no effect. Without commissionable data there is no passcode
 * and are no codes, without device instance info no date of manufacture. */
MUST_USE status_t product_left_out_read(const Mintmark__V1__Product *message,
                                        struct unit_product *product, struct problem *problem);

#endif

/* Values that a product wants supplied for each unit, instead of drawing them. */
#ifndef MINTMARK_LIB_UNIT_SUPPLIED_H
#define MINTMARK_LIB_UNIT_SUPPLIED_H

#include "lib/unit/product.h"

/* Whether the product wants anything supplied, and the first field of it. */
bool unit_supplied_wanted(const struct unit_product *product,
                          char ret_field[static PROBLEM_FIELD_MAX]);

#endif

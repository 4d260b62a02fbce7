/* What a product may tell about itself beyond what a device must have (SPEC.md §1.4): the keys and
 * their limits. Fields are named as in product.yaml. */
#ifndef MINTMARK_LIB_IMAGE_DETAILS_H
#define MINTMARK_LIB_IMAGE_DETAILS_H

#include "lib/image/values.h"

MUST_USE status_t image_details_check(const struct image_details *details, struct problem *problem);

/* Adds the values of details that have passed their check. */
void image_details_list(const struct image_product *product, struct image_values *values);

#endif

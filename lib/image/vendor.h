/* Vendor data: keys of a product beside those that the Matter SDK reads (SPEC.md §1.5). */
#ifndef MINTMARK_LIB_IMAGE_VENDOR_H
#define MINTMARK_LIB_IMAGE_VENDOR_H

#include "lib/image/values.h"
#include "lib/nvs/csv_value.h"

/* Whether the Matter SDK gives this key of chip-factory a meaning (SPEC.md §1.2, §1.4). */
bool image_vendor_is_sdk_key(const char *key);

/* What the partition stores for a value; a problem's field is "vendor_data.namespace.key". */
MUST_USE status_t image_vendor_decode(const struct image_vendor_value *value,
                                      struct nvs_csv_decoded *ret_decoded, struct problem *problem);

/* What a product declares: names, clashes, encodings, the values that all units share. */
MUST_USE status_t image_vendor_check(const struct image_product *product, struct problem *problem);

/* The shortest values that the product's supplied keys can have, IMAGE_VENDOR_VALUES_MAX places;
 * returns their count. For checks before there is a unit. */
size_t image_vendor_examples(const struct image_product *product,
                             struct image_vendor_value *ret_values);

/* A unit brings exactly the values that its product, checked before, declares as supplied. */
MUST_USE status_t image_vendor_check_unit(const struct image_product *product,
                                          const struct image_unit *unit, struct problem *problem);

/* Adds the values of a product and unit that have passed their checks; they live in
 * values->vendor. */
MUST_USE status_t image_vendor_list(const struct image_product *product,
                                    const struct image_unit *unit, struct image_values *values);

/* What the unit's source expects of the image is in it: EXPECTED_DIFFERS names the key. */
MUST_USE status_t image_vendor_expect(const struct image_values *values,
                                      const struct image_unit *unit, struct problem *problem);

#endif

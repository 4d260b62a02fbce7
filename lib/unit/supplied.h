/* Values that a product wants supplied for each unit, instead of drawing them (SPEC.md §1). */
#ifndef MINTMARK_LIB_UNIT_SUPPLIED_H
#define MINTMARK_LIB_UNIT_SUPPLIED_H

#include "lib/base/secret.h"
#include "lib/unit/product.h"

enum { UNIT_SUPPLIED_EXPECTED_MAX = 128 };

/* What is supplied for one unit; all zero: nothing. Inside struct secret; borrows secret memory. */
struct unit_supplied {
    const char *unit_id; /* these four: NULL when not supplied */
    const char *hardware_id;
    const char *serial_number;
    const char *manufacturing_date;
    struct image_number discriminator;
    struct image_number passcode;
    struct image_number iterations;
    struct span salt; /* these five: empty when not supplied */
    struct span verifier;
    struct span rotating_id;
    struct span dac;
    struct span dac_key;
    struct image_vendor_value vendor_values[IMAGE_VENDOR_VALUES_MAX];
    size_t vendor_count;
    /* keys that all units of the product share: told by the source, and then as the image has it */
    struct image_vendor_value expected[UNIT_SUPPLIED_EXPECTED_MAX];
    size_t expected_count;
};

static inline struct unit_supplied *unit_supplied_of(const struct secret *secret)
{
    return (struct unit_supplied *)(void *)secret->data;
}

/* Whether the product wants anything supplied, and the first field of it. */
bool unit_supplied_wanted(const struct unit_product *product,
                          char ret_field[static PROBLEM_FIELD_MAX]);

/* Whether what the product wants supplied goes together. */
MUST_USE status_t unit_supplied_check_product(const struct unit_product *product,
                                              struct problem *problem);

/* All that the product wants, nothing else, each value as it must be; a verifier is the passcode's.
 * Vendor data and expected keys are the image's to check. */
MUST_USE status_t unit_supplied_check(const struct unit_product *product,
                                      const struct unit_supplied *supplied,
                                      struct problem *problem);

#endif

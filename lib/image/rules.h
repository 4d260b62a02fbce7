/* The limits of factory data that the firmware's readers set (SPEC.md §1), and their checks. Fields
 * are named as in product.yaml. */
#ifndef MINTMARK_LIB_IMAGE_RULES_H
#define MINTMARK_LIB_IMAGE_RULES_H

#include "lib/image/factory_data.h"

enum {
    IMAGE_NAME_MAX = 32,
    IMAGE_VERSION_STRING_MAX = 64,
    IMAGE_SERIAL_NUMBER_MAX = 32,
    IMAGE_ROTATING_ID_SIZE = 16,
    IMAGE_DISCRIMINATOR_MAX = 0xfff,
};

/* 1 to `max` bytes of UTF-8 without control characters; `text` may be NULL. */
MUST_USE status_t image_rules_text(const char *field, const char *text, size_t max,
                                   struct problem *problem);
MUST_USE status_t image_rules_size(const char *field, struct span bytes, size_t min, size_t max,
                                   struct problem *problem);
MUST_USE status_t image_rules_count(const char *field, size_t count, size_t max,
                                    struct problem *problem);

/* 1000 to 100000. */
MUST_USE status_t image_rules_iterations(uint32_t iterations, struct problem *problem);
/* SPEC.md §1.3; NULL: none. */
MUST_USE status_t image_rules_date(const char *date, struct problem *problem);

/* Every value of a unit, for a product that image_product_check has passed. */
MUST_USE status_t image_rules_unit(const struct image_product *product,
                                   const struct image_unit *unit, struct problem *problem);

#endif

/* Where a product's images lie in flash: its partitions, one by one and against each other. */
#ifndef MINTMARK_LIB_IMAGE_PLACES_H
#define MINTMARK_LIB_IMAGE_PLACES_H

#include "lib/image/factory_data.h"

/* What firmware looks for, whatever the partition table says. */
#define IMAGE_SECURE_CERT_LABEL "esp_secure_cert"

/* SPEC.md §2. Fields are "partitions.factory_data.label" and so on. */
MUST_USE status_t image_places_check(const struct image_product *product, struct problem *problem);

#endif

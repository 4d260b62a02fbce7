/* A unit's esp_secure_cert partition, of its product's and its own values (SPEC.md §1.6). */
#ifndef MINTMARK_LIB_IMAGE_SECURE_CERT_H
#define MINTMARK_LIB_IMAGE_SECURE_CERT_H

#include "lib/image/factory_data.h"

/* Appends the partition, which lib/securecert has read back and checked. */
MUST_USE status_t image_secure_cert_write(const struct image_product *product,
                                          const struct image_unit *unit, struct buf *ret_image,
                                          struct problem *problem);

#endif

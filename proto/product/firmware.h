/* The firmware that a product pins. */
#ifndef MINTMARK_PROTO_PRODUCT_FIRMWARE_H
#define MINTMARK_PROTO_PRODUCT_FIRMWARE_H

#include "lib/image/factory_data.h"
#include "mintmark/v1/product.pb-c.h"

/* Reads the flasher_args.json that the product at `path` names, and every file that it names:
 * puts names, places and digests in firmware_files, and clears what is a name of this machine's.
 * Nothing when it names none. */
MUST_USE status_t product_firmware_read(const char *path, Mintmark__V1__Product *message,
                                        struct problem *problem);

/* What was sent; the image's own check judges names and places. */
MUST_USE status_t product_firmware_take(const Mintmark__V1__Product *message,
                                        struct image_product *image, struct problem *problem);

#endif

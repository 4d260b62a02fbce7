/* Files of the firmware that a product pins: written to flash with a unit's images, told by name,
 * place and digest, never carried (SPEC.md §4.4). */
#ifndef MINTMARK_LIB_IMAGE_FIRMWARE_H
#define MINTMARK_LIB_IMAGE_FIRMWARE_H

#include <jansson.h>

#include "lib/image/factory_data.h"

/* The arguments for esptool, beside a set's flash_args. */
#define IMAGE_FIRMWARE_ARGS "firmware_args"

/* Names, places and sizes are sensible, and none lies where the product's images do. A problem's
 * field is "firmware_files[2].offset". */
MUST_USE status_t image_firmware_check(const struct image_product *product,
                                       struct problem *problem);

/* Appends the manifest's member "firmware", or nothing when there are no files. */
void image_firmware_write(const struct image_firmware *files, size_t count, struct buf *ret_json);

/* Reads that member of a manifest, and checks it against the images' places. STATUS_DATA_LOSS. */
MUST_USE status_t image_firmware_read(const json_t *root, const struct image_file *images,
                                      size_t image_count,
                                      struct image_firmware ret_files[static IMAGE_FIRMWARE_MAX],
                                      size_t *ret_count, struct problem *problem);

/* Appends "0x10000 app.bin" lines. */
MUST_USE status_t image_firmware_write_args(const struct image_firmware *files, size_t count,
                                            struct buf *ret_arguments);

#endif

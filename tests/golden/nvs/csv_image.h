/* A CSV of the current directory made into an image, for the golden tests. */
#ifndef MINTMARK_TESTS_GOLDEN_NVS_CSV_IMAGE_H
#define MINTMARK_TESTS_GOLDEN_NVS_CSV_IMAGE_H

#include "lib/nvs/crypt.h"
#include "lib/nvs/csv.h"
#include "tests/support/test.h"

/* `names` are CSV files joined with '+'. Cuts a read-only image where nvs_partition_gen does. The
 * plain image is also read back; *ret_items is the number of its items. Encrypts with 64 bytes of
 * keys unless NULL. */
struct buf csv_image_build(const char *names, size_t size, int version, const uint8_t *keys,
                           size_t *ret_items);

/* Digest of the image in hex, in static storage. */
const char *csv_image_digest(const struct buf *image);

#endif

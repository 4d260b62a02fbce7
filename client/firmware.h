/* The firmware's files that a product pins, from a folder of this machine into a unit's: the
 * manifest has their names, places and digests (lib/image/SPEC.md §4.4). */
#ifndef MINTMARK_CLIENT_FIRMWARE_H
#define MINTMARK_CLIENT_FIRMWARE_H

#include "lib/image/firmware.h"

/* How many files the manifest of a checked set pins. */
MUST_USE status_t firmware_count(struct span manifest, size_t *ret_count, struct problem *problem);

/* Copies them from `source`, where they lie side by side or as in the folder of a build, and writes
 * firmware_args. STATUS_REFUSED: a file is another one than the product's, or it pins none. */
MUST_USE status_t firmware_copy(const char *source, struct span manifest, const char *folder,
                                struct problem *problem);

/* Checks what was copied into the folder; nothing when it has no firmware_args. STATUS_DATA_LOSS.
 */
MUST_USE status_t firmware_verify(const char *folder, const struct image_firmware *files,
                                  size_t count, struct problem *problem);

#endif

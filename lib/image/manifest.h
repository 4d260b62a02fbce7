/* manifest.json and flash_args: what a station needs to know to write an image set (SPEC.md §4). */
#ifndef MINTMARK_LIB_IMAGE_MANIFEST_H
#define MINTMARK_LIB_IMAGE_MANIFEST_H

#include "lib/image/factory_data.h"

enum { IMAGE_MANIFEST_SCHEMA = 1, IMAGE_MANIFEST_MAX = 16 * 1024 };

/* What a file of a set is; in a set just built, also its place in `files`. */
enum image_role { IMAGE_ROLE_FACTORY_DATA, IMAGE_ROLE_NVS_KEYS, IMAGE_ROLE_COUNT };

/* Appends the JSON text. `set` has its files with their digests. */
MUST_USE status_t image_manifest_write(const char *chip, const struct image_set *set,
                                       struct buf *ret_json);
/* Appends the argument file: what `esptool write-flash` writes without flash encryption. */
MUST_USE status_t image_manifest_write_flash_args(const struct image_file *files, size_t count,
                                                  struct buf *ret_arguments);

/* Checks that manifest and files tell the same, file by file: name, label, offset, size, flag and
 * the digests of the content as it is now. ret_by_role[role] is the file of that role, or NULL;
 * there is always one for the factory data. STATUS_DATA_LOSS otherwise. */
MUST_USE status_t image_manifest_check(const struct image_check *check,
                                       const struct image_file *ret_by_role[IMAGE_ROLE_COUNT],
                                       struct problem *problem);

#endif

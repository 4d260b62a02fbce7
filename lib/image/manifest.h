/* manifest.json and flash_args: what a station needs to know to write an image set (SPEC.md §4). */
#ifndef MINTMARK_LIB_IMAGE_MANIFEST_H
#define MINTMARK_LIB_IMAGE_MANIFEST_H

#include <jansson.h>

#include "lib/image/factory_data.h"

enum { IMAGE_MANIFEST_SCHEMA = 1, IMAGE_MANIFEST_MAX = 16 * 1024 };

/* "factory-data", … → role; false for another word. */
bool image_manifest_role(const char *name, enum image_role *ret_role);
/* What a key is for: ["nvs"], ["dac"] or ["nvs", "dac"]; false for anything else. Borrows. */
bool image_manifest_uses(json_t *uses, bool *ret_nvs, bool *ret_dac);

/* Appends the JSON text. `set` has its files with roles and digests, and its keys with their uses.
 */
MUST_USE status_t image_manifest_write(const char *chip, const struct image_set *set,
                                       struct buf *ret_json);
/* Appends the argument file: what `esptool write-flash` writes without flash encryption. */
MUST_USE status_t image_manifest_write_flash_args(const struct image_file *files, size_t count,
                                                  struct buf *ret_arguments);

/* The parts of a set by what they are; NULL: it has none. Borrowed. */
struct image_manifest_parts {
    const struct image_file *files[IMAGE_ROLE_COUNT]; /* factory data always */
    const struct image_efuse_key *nvs_key;            /* may be one and the same … */
    const struct image_efuse_key *dac_key;
    struct image_firmware firmware[IMAGE_FIRMWARE_MAX];
    size_t firmware_count;
};

/* Checks that manifest and set tell the same, file by file and key by key: name, label, offset,
 * size, flag, block and the digests of the content as it is now. STATUS_DATA_LOSS otherwise. */
MUST_USE status_t image_manifest_check(const struct image_check *check,
                                       struct image_manifest_parts *ret_parts,
                                       struct problem *problem);

#endif

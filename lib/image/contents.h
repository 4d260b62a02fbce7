/* What an image set says, from whichever of its partitions says it (SPEC.md §1.6, §5). */
#ifndef MINTMARK_LIB_IMAGE_CONTENTS_H
#define MINTMARK_LIB_IMAGE_CONTENTS_H

#include "lib/image/manifest.h"
#include "lib/nvs/reader.h"
#include "lib/securecert/check.h"

struct image_contents {
    struct nvs_reader *factory;          /* keys of chip-factory, all of their type */
    struct securecert_check secure_cert; /* passed; without a reader: no such partition */
    enum image_dac_key dac_key;
    uint8_t dac_key_block;  /* IMAGE_DAC_KEY_PERIPHERAL: the one the partition names */
    struct span dac;        /* DER */
    struct span pai;        /* DER */
    bool has_instance;      /* device instance info; vendor-id and product-id are part of it */
    bool has_commissioning; /* without it the values below are zero and empty */
    uint32_t discriminator;
    uint32_t iterations;
    struct buf salt;     /* secret */
    struct buf verifier; /* secret; empty: dynamic passcode */
};

/* Opens factory data and esp_secure_cert of a set that image_manifest_check has passed. Each value
 * is there once, in one of them. ret_contents is a zeroed struct, and borrows from the set.
 * A group of keys that may be left out is whole or absent (SPEC.md §1.7). Reasons: IMAGE_KEY (a key
 * lacks or has another type), IMAGE_KEY_TWICE, and those of the readers.
 */
MUST_USE status_t image_contents_read(const struct image_manifest_parts *parts,
                                      struct image_contents *ret_contents, struct problem *problem);
void image_contents_done(struct image_contents *contents); /* accepts a zeroed struct */
OWN_VALUE(struct image_contents, image_contents_done)

/* A value of the factory data; NULL when absent. */
const struct nvs_item *image_contents_item(const struct image_contents *contents, const char *key);

#endif

/* Opens the factory data of an image set, decrypted with the set's own keys. */
#ifndef MINTMARK_LIB_IMAGE_FACTORY_READER_H
#define MINTMARK_LIB_IMAGE_FACTORY_READER_H

#include "lib/image/factory_data.h"
#include "lib/nvs/reader.h"

/* Where the NVS keys come from; all empty for a plain image. */
struct image_factory_keys {
    const struct image_file *partition; /* the key partition's file, or NULL */
    struct span hmac_key;               /* what the keys are derived from, or empty */
};

/* The reader borrows nothing. */
MUST_USE status_t image_factory_reader_new(const struct image_file *factory,
                                           const struct image_factory_keys *keys,
                                           struct nvs_reader **ret_reader, struct problem *problem);

#endif

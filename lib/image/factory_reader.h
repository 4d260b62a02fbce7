/* Opens the factory data of an image set, decrypted with the set's own key partition. */
#ifndef MINTMARK_LIB_IMAGE_FACTORY_READER_H
#define MINTMARK_LIB_IMAGE_FACTORY_READER_H

#include "lib/image/factory_data.h"
#include "lib/nvs/reader.h"

/* `keys` is the key partition's file, or NULL for a plain image. The reader borrows nothing. */
MUST_USE status_t image_factory_reader_new(const struct image_file *factory,
                                           const struct image_file *keys,
                                           struct nvs_reader **ret_reader, struct problem *problem);

#endif

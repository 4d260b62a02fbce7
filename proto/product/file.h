/* Files that a product names: read by whoever sends it, they travel as bytes. The server opens no
 * path of a product. */
#ifndef MINTMARK_PROTO_PRODUCT_FILE_H
#define MINTMARK_PROTO_PRODUCT_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

/* A file that product.yaml at `path` names in `field`. */
struct product_file {
    const char *path;
    const char *name; /* beside product.yaml unless absolute */
    const char *field;
    size_t limit; /* bytes */
};

/* Replaces *content, which belongs to a message. */
MUST_USE status_t product_file_read(const struct product_file *file, ProtobufCBinaryData *content,
                                    struct problem *problem);

/* All files that the product names. Nothing happens when none is named. */
MUST_USE status_t product_files_read(const char *path, Mintmark__V1__Product *message,
                                     struct problem *problem);

/* Where the file lies: beside the product, unless its name is absolute. False: too long. */
bool product_file_path(const struct product_file *file, char ret_path[static PATH_MAX]);

#endif

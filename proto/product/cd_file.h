/* The CD that a product names. */
#ifndef MINTMARK_PROTO_PRODUCT_CD_FILE_H
#define MINTMARK_PROTO_PRODUCT_CD_FILE_H

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

/* Reads this file into the message, instead of any that it names. */
MUST_USE status_t product_cd_file_take(const char *file, Mintmark__V1__Product *message,
                                       struct problem *problem);

/* Reads the file that product.yaml at `path` names, beside it unless absolute, into the message: it
 * travels as bytes. Nothing happens when none is named. */
MUST_USE status_t product_cd_file_read(const char *path, Mintmark__V1__Product *message,
                                       struct problem *problem);

#endif

/* The files of a firmware's build that product.yaml names itself: `sdkconfig` and `firmware`. */
#ifndef MINTMARK_CLIENT_PRODUCT_SOURCES_H
#define MINTMARK_CLIENT_PRODUCT_SOURCES_H

#include "lib/base/status.h"
#include "mintmark/v1/product.pb-c.h"

/* Refuses the product at `path` when they contradict it (the rules of `mintmark product check`),
 * then puts the build's files in firmware_files and clears both names. Its partition table is read
 * already. */
MUST_USE status_t product_sources_read(const char *path, Mintmark__V1__Product *message,
                                       struct problem *problem);

#endif

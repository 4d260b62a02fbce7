/* The chips a product can have, and what their silicon offers (SPEC.md §2). */
#ifndef MINTMARK_LIB_IMAGE_CHIP_H
#define MINTMARK_LIB_IMAGE_CHIP_H

#include <stdbool.h>
#include <stdint.h>

struct image_chip {
    const char *name; /* as esptool names it */
    bool has_hmac;    /* HMAC peripheral with eFuse keys */
    bool has_ecdsa;   /* ECDSA peripheral with eFuse keys */
    uint8_t ecdsa_block_last;
};

/* NULL for a name that is unknown, or NULL. */
const struct image_chip *image_chip_find(const char *name);

#endif

/* Keys for eFuse blocks: which ones a product's units need, and their files (SPEC.md §3.3). */
#ifndef MINTMARK_LIB_IMAGE_EFUSE_H
#define MINTMARK_LIB_IMAGE_EFUSE_H

#include "lib/base/secret.h"
#include "lib/image/factory_data.h"

#define IMAGE_EFUSE_HMAC "HMAC_UP" /* purposes, as espefuse names them */
#define IMAGE_EFUSE_ECDSA "ECDSA_KEY"

/* The chip has the peripherals, and the blocks exist and do not collide. */
MUST_USE status_t image_efuse_check(const struct image_product *product, struct problem *problem);

/* Fills the set's keys, in the order they are to be burnt. */
MUST_USE status_t image_efuse_make(const struct image_product *product,
                                   const struct image_unit *unit, struct image_set *set);

/* What the file of a key of that purpose is called. No image has such a name. */
const char *image_efuse_file(const char *purpose, bool for_nvs);

/* The one that serves NVS, or the DAC; NULL when there is none. */
const struct image_efuse_key *image_efuse_for_nvs(const struct image_efuse_key *keys, size_t count);
const struct image_efuse_key *image_efuse_for_dac(const struct image_efuse_key *keys, size_t count);

/* What the block will hold: the HMAC key, or the scalar in the PEM file. STATUS_MALFORMED or
 * STATUS_INVALID when the content is neither. */
MUST_USE status_t image_efuse_secret(const struct image_efuse_key *key, struct secret *ret_secret,
                                     struct problem *problem);

/* STATUS_REFUSED IMAGE_KEY_LEAK, with `name`, when a key that belongs in an eFuse stands in
 * `content`, in either byte order. */
MUST_USE status_t image_efuse_check_leak(const struct image_efuse_key *keys, size_t count,
                                         struct span content, const char *name,
                                         struct problem *problem);

#endif

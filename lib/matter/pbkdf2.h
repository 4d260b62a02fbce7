/* PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) for short passwords and salts, on the raw SHA-256 block
 * function: both HMAC pads are compressed once, each iteration is then two blocks. Up to three
 * blocks of output are computed side by side where the processor has SHA instructions. */
#ifndef MINTMARK_LIB_MATTER_PBKDF2_H
#define MINTMARK_LIB_MATTER_PBKDF2_H

#include "lib/base/buf.h"

enum {
    MATTER_PBKDF2_PASSWORD_MAX = 64, /* longer HMAC keys would be hashed first */
    MATTER_PBKDF2_SALT_MAX = 51,     /* salt, block number and padding share one SHA-256 block */
};

/* Fills ret_key with `size` bytes. Password and salt within the limits above, iterations >= 1:
 * checked by assert, they are the caller's own data. ret_key is secret memory of the caller; the
 * working memory here is wiped. */
void matter_pbkdf2_derive(struct span password, struct span salt, uint32_t iterations,
                          uint8_t *ret_key, size_t size);

#endif

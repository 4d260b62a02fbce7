/* DAC keys as the firmware keeps or makes them (SPEC.md §3.1, §3.3). */
#ifndef MINTMARK_LIB_SECURECERT_KEY_H
#define MINTMARK_LIB_SECURECERT_KEY_H

#include "lib/base/secret.h"
#include "lib/pki/plain_key.h"
#include "lib/securecert/format.h"

/* Appends the 121 bytes of a plaintext PRIV_KEY for a scalar; SECURECERT_KEY when it is none. */
MUST_USE status_t securecert_key_encode(struct span scalar, struct buf *ret_value,
                                        struct problem *problem);

/* The public point (borrowed) in such a value. SECURECERT_KEY unless it is these 121 bytes exactly
 * and the point is that of the scalar. */
MUST_USE status_t securecert_key_decode(struct span value, struct span *ret_point,
                                        struct problem *problem);

/* The key pair a chip derives from its HMAC key (32 bytes) and the salt (32 bytes). Reasons:
 * SECURECERT_HMAC_KEY_SIZE, SECURECERT_HMAC_SALT_SIZE, SECURECERT_HMAC_SALT_UNUSABLE. */
MUST_USE status_t securecert_key_derive(struct span hmac_key, struct span salt,
                                        struct secret *ret_scalar,
                                        uint8_t ret_point[static PKI_POINT_SIZE],
                                        struct problem *problem);

/* Takes 32 derived bytes as a scalar; SECURECERT_HMAC_SALT_UNUSABLE for 0 and for what is not below
 * the group's order, which the chip would not check. */
MUST_USE status_t securecert_key_accept(struct span candidate, struct secret *ret_scalar,
                                        uint8_t ret_point[static PKI_POINT_SIZE],
                                        struct problem *problem);

#endif

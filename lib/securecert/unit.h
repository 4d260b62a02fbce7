/* A unit's esp_secure_cert partition: identity and commissioning data to bytes (SPEC.md §3). */
#ifndef MINTMARK_LIB_SECURECERT_UNIT_H
#define MINTMARK_LIB_SECURECERT_UNIT_H

#include <stdbool.h>

#include "lib/securecert/format.h"

/* Where the DAC's private key is. */
enum securecert_key_mode {
    SECURECERT_KEY_NONE,       /* no identity in this partition: no DAC and no PAI either */
    SECURECERT_KEY_PLAINTEXT,  /* in the partition */
    SECURECERT_KEY_PERIPHERAL, /* in an eFuse block, for the ECDSA peripheral */
    SECURECERT_KEY_DERIVED,    /* nowhere: derived from an eFuse HMAC key and a salt */
};

/* Everything is borrowed. A key that is not in the partition is not even taken here, so no mistake
 * can put it there. */
struct securecert_unit {
    size_t size;     /* of the partition */
    struct span dac; /* DER */
    struct span pai; /* DER */
    enum securecert_key_mode key_mode;
    struct span scalar;    /* PLAINTEXT: 32 bytes */
    unsigned efuse_key;    /* PERIPHERAL: 0 to 5 for BLOCK_KEY0 to BLOCK_KEY5 */
    struct span hmac_salt; /* DERIVED: 32 bytes */
    struct span hmac_key;  /* DERIVED: checks the DAC, is not written; may be empty */

    bool has_discriminator;
    uint16_t discriminator;
    struct span verifier; /* empty: no verifier, salt and iterations */
    struct span salt;     /* of the verifier */
    uint32_t iterations;
    struct span rotating_id; /* empty: none */
    bool integrity;          /* add the INTEGRITY entry */
};

/* Appends the partition (exactly `size` bytes; ret_image is a secret buf), which has passed every
 * step of check.h. Reasons: SECURECERT_NOTHING, SECURECERT_EFUSE_KEY, SECURECERT_KEY and those of
 * writer.h and check.h. */
MUST_USE status_t securecert_unit_write(const struct securecert_unit *unit, struct buf *ret_image,
                                        struct problem *problem);

#endif

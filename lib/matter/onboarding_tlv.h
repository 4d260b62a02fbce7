/* The optional TLV data of a QR payload: written; read, it is checked for structure and its meaning
 * left to the reader. */
#ifndef MINTMARK_LIB_MATTER_ONBOARDING_TLV_H
#define MINTMARK_LIB_MATTER_ONBOARDING_TLV_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    MATTER_ONBOARDING_TLV_DEPTH_MAX = 4, /* the defined elements need 1 */
    MATTER_ONBOARDING_SERIAL_MAX = 32,
    MATTER_ONBOARDING_VENDOR_TAG_MIN = 0x80, /* to 0xFF */
    MATTER_ONBOARDING_VENDOR_MAX = 8,        /* elements; a limit of ours */
    MATTER_ONBOARDING_VENDOR_TEXT_MAX = 255, /* bytes each; a limit of ours */
};

struct matter_onboarding_vendor {
    uint8_t tag;
    const char *text; /* UTF-8 */
};

/* What the structure may say. Borrows all it names. */
struct matter_onboarding_extra {
    const char *serial_number; /* NULL: none; else 1..32 bytes of UTF-8 */
    uint32_t iterations;       /* of the verifier, 0: none */
    struct span salt;          /* of the verifier, size 0: none */
    uint8_t device_count;      /* 0: none */
    uint16_t timeout;          /* of the commissioning window, seconds; 0: none */
    struct matter_onboarding_vendor vendor[MATTER_ONBOARDING_VENDOR_MAX]; /* by rising tag */
    size_t vendor_count;
};

/* Appends the structure, or nothing when there is nothing to say. */
MUST_USE status_t matter_onboarding_tlv_write(const struct matter_onboarding_extra *extra,
                                              struct buf *ret_tlv, struct problem *problem);

/* Is this exactly one anonymous structure, well formed to its end (SPEC.md "Onboarding codes")? */
bool matter_onboarding_tlv_valid(struct span tlv);

#endif

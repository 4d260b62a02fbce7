/* A unit's image set and onboarding codes: a pure function of what was drawn and its DAC. */
#ifndef MINTMARK_LIB_UNIT_SET_H
#define MINTMARK_LIB_UNIT_SET_H

#include "lib/unit/draw.h"

/* Borrows all of it. */
struct unit_parts {
    const struct unit_product *product;
    const struct unit_secrets *secrets;
    struct span dac;        /* DER */
    struct span public_key; /* the DAC's, 65 bytes */
    const char *serial_number;
    const struct unit_supplied *supplied; /* NULL: nothing */
};

/* As image_set_build. */
MUST_USE status_t unit_set_build(const struct unit_parts *parts, struct image_set *ret_set,
                                 struct problem *problem);

/* Both empty with a dynamic passcode: only the device will know. */
MUST_USE status_t unit_set_codes(const struct unit_product *product,
                                 const struct unit_secrets *secrets,
                                 char ret_qr_code[static MATTER_QR_SIZE],
                                 char ret_manual_code[static MATTER_MANUAL_SIZE],
                                 struct problem *problem);

#endif

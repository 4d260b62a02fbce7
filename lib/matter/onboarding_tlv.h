/* The optional TLV data of a QR payload: checked for structure, its meaning left to the reader. */
#ifndef MINTMARK_LIB_MATTER_ONBOARDING_TLV_H
#define MINTMARK_LIB_MATTER_ONBOARDING_TLV_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    MATTER_ONBOARDING_TLV_DEPTH_MAX = 4, /* the defined elements need 1 */
};

/* Is this exactly one anonymous structure, well formed to its end (SPEC.md "Onboarding codes")? */
bool matter_onboarding_tlv_valid(struct span tlv);

#endif

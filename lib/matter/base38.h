/* Base38, the digits of a QR payload (SPEC.md "Onboarding codes"). */
#ifndef MINTMARK_LIB_MATTER_BASE38_H
#define MINTMARK_LIB_MATTER_BASE38_H

#include "lib/base/buf.h"

/* Digits of `size` bytes: five for three bytes, four for two, two for one. */
static inline size_t matter_base38_length(size_t size)
{
    static const size_t rest[3] = {0, 2, 4};
    return size / 3 * 5 + rest[size % 3];
}

/* ret_text has matter_base38_length(size) + 1 places. */
void matter_base38_encode(struct span bytes, char *ret_text);

/* Strict: the digits only (no lower case), no group of 1 or 3 digits, no group above the largest
 * value of its bytes. Appends to ret_bytes; on failure nothing is appended. */
MUST_USE status_t matter_base38_decode(struct span text, struct buf *ret_bytes);

#endif

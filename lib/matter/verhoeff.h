/* The Verhoeff check digit (SPEC.md "Onboarding codes"): finds every single wrong digit and every
 * swap of neighbours. */
#ifndef MINTMARK_LIB_MATTER_VERHOEFF_H
#define MINTMARK_LIB_MATTER_VERHOEFF_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* Check digit ('0'..'9') of `digits`, which are all '0'..'9'. */
char matter_verhoeff_digit(struct span digits);

/* Is the last digit the check digit of those before it? False for an empty text. */
bool matter_verhoeff_valid(struct span digits);

#endif

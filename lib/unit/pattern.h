/* The shape that supplied serial numbers must have (SPEC.md §1.2). */
#ifndef MINTMARK_LIB_UNIT_PATTERN_H
#define MINTMARK_LIB_UNIT_PATTERN_H

#include <stdbool.h>

#include "lib/base/status.h"

/* Whether the pattern itself is well formed. Its field is serial_number_pattern. */
MUST_USE status_t unit_pattern_check(const char *pattern, struct problem *problem);

/* Whether all of the text has the shape of a well-formed pattern; text of up to 63 bytes. Takes
 * time of at most pattern times text, whatever they say. */
bool unit_pattern_matches(const char *pattern, const char *text);

#endif

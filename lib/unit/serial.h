/* A unit's serial number from the product's pattern (SPEC.md §3). */
#ifndef MINTMARK_LIB_UNIT_SERIAL_H
#define MINTMARK_LIB_UNIT_SERIAL_H

#include "lib/unit/product.h"
#include "lib/unit/random.h"

struct unit_serial {
    const char *pattern;
    const struct unit_random *random;
    int64_t now_ms;          /* Unix time; days are those of the process's time zone (TZ) */
    const char *hardware_id; /* as unit_name_hardware_id gives it, or "": not known */
};

/* STATUS_INVALID for an unknown placeholder, a result over 32 characters, or a chip that the
 * pattern needs and nobody named. */
MUST_USE status_t unit_serial_draw(const struct unit_serial *serial,
                                   char ret_serial[static UNIT_SERIAL_NUMBER_MAX + 1],
                                   struct problem *problem);

/* Whether the pattern is well formed and can give two units different serial numbers. */
MUST_USE status_t unit_serial_check(const char *pattern, struct problem *problem);

#endif

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
    uint32_t counter;        /* of a pattern that counts; no other unit of the vendor has it */
};

/* The largest number that the pattern's {counter:N} has digits for; 0: it does not count. */
uint32_t unit_serial_counter_last(const char *pattern);

/* STATUS_INVALID for an unknown placeholder, a result over 32 characters, or a chip that the
 * pattern needs and nobody named. STATUS_EXHAUSTED: the counter has more digits than the pattern.
 */
MUST_USE status_t unit_serial_draw(const struct unit_serial *serial,
                                   char ret_serial[static UNIT_SERIAL_NUMBER_MAX + 1],
                                   struct problem *problem);

/* Whether the pattern is well formed and can give two units different serial numbers. */
MUST_USE status_t unit_serial_check(const char *pattern, struct problem *problem);

#endif

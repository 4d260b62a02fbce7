/* How a unit is named: unit id and hardware id (eFuse base MAC). */
#ifndef MINTMARK_LIB_UNIT_NAME_H
#define MINTMARK_LIB_UNIT_NAME_H

#include "lib/base/status.h"

enum { UNIT_NAME_ID_MAX = 64, UNIT_NAME_HARDWARE_ID_SIZE = 18 };

/* "60:55:f9:01:a2:10", "60-55-F9-01-A2-10" or "6055F901A210" to the first form. Refused: anything
 * else, all zero, all ones, the group bit. */
MUST_USE status_t unit_name_hardware_id(const char *text,
                                        char ret_canonical[static UNIT_NAME_HARDWARE_ID_SIZE],
                                        struct problem *problem);

/* 1..64 printable ASCII characters without leading or trailing blanks. */
MUST_USE status_t unit_name_check(const char *unit_id, struct problem *problem);

#endif

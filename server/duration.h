/* How long something is kept, as the configuration writes it: "7d", "12h". */
#ifndef MINTMARK_SERVER_DURATION_H
#define MINTMARK_SERVER_DURATION_H

#include <stdint.h>

#include "lib/base/status.h"

enum { DURATION_DAYS_MAX = 3650 };

/* A whole number of days or hours, without leading zero, from 1 hour to DURATION_DAYS_MAX days. */
MUST_USE status_t duration_read(const char *text, int64_t *ret_ms);

/* A duration that has been checked, or `default_days` for "". */
int64_t duration_or(const char *text, int64_t default_days);

#endif

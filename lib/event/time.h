/* Moments as entries write them: RFC 3339, UTC, milliseconds. */
#ifndef MINTMARK_LIB_EVENT_TIME_H
#define MINTMARK_LIB_EVENT_TIME_H

#include "lib/base/buf.h"

enum { EVENT_TIME_SIZE = 25 }; /* "2026-11-22T15:28:53.041Z" and NUL */

bool event_time_valid(int64_t ms); /* 1970 to 9999 */
void event_time_write(int64_t ms, char ret_text[static EVENT_TIME_SIZE]);
/* Digits where digits belong; STATUS_MALFORMED. 30 February is read as 2 March: writing tells. */
MUST_USE status_t event_time_read(struct span text, int64_t *ret_ms);

#endif

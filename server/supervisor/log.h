/* The supervisor's log: one logfmt line per event on standard error, in the form of the front's. */
#ifndef MINTMARK_SERVER_SUPERVISOR_LOG_H
#define MINTMARK_SERVER_SUPERVISOR_LOG_H

#include "lib/base/status.h"

/* `pairs` is printf-like: "child=%s pid=%d"; its values must need no quotes. */
void supervisor_log(const char *level, const char *event, const char *pairs, ...) PRINTF_LIKE(3, 4);

/* level=error, with the problem's reason, field and message. */
void supervisor_log_problem(const char *event, const struct problem *problem);

#endif

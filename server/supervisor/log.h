/* The supervisor's log lines. */
#ifndef MINTMARK_SERVER_SUPERVISOR_LOG_H
#define MINTMARK_SERVER_SUPERVISOR_LOG_H

#include "server/log.h"

/* `pairs` is printf-like: "child=%s pid=%d"; its values must need no quotes. */
void supervisor_log(enum log_level level, const char *event, const char *pairs, ...)
    PRINTF_LIKE(3, 4);

void supervisor_log_problem(const char *event, const struct problem *problem);

#endif

/* The front's log lines. */
#ifndef MINTMARK_SERVER_FRONT_LOG_H
#define MINTMARK_SERVER_FRONT_LOG_H

#include "server/log.h"

void front_log_begin(struct log_line *line, enum log_level level, const char *event);

/* The whole line of an event with one value. */
void front_log_event(enum log_level level, const char *event, const char *key, const char *value);

#endif

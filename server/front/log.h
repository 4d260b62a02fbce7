/* Lines of logfmt on stderr: one per call, few others, never a secret. */
#ifndef MINTMARK_SERVER_FRONT_LOG_H
#define MINTMARK_SERVER_FRONT_LOG_H

#include "server/front/front.h"

enum { FRONT_LOG_LINE_MAX = 2048 };

enum front_log_level { FRONT_LOG_INFO, FRONT_LOG_WARNING, FRONT_LOG_ERROR };

/* A line being written: front_log_begin, values, front_log_end. Values from peers are quoted and
 * escaped. A line longer than its limit is cut. */
struct front_log {
    struct buf line;
};
void front_log_begin(struct front_log *log, enum front_log_level level, const char *event);
void front_log_text(struct front_log *log, const char *key, const char *value);
void front_log_number(struct front_log *log, const char *key, uint64_t value);
void front_log_end(struct front_log *log); /* writes it at once */

/* The whole line of an event with one value. */
void front_log_event(enum front_log_level level, const char *event, const char *key,
                     const char *value);

#endif

/* Lines of logfmt on standard error: one per call, few others, never a secret. */
#ifndef MINTMARK_SERVER_LOG_H
#define MINTMARK_SERVER_LOG_H

#include "lib/base/buf.h"

enum { LOG_LINE_MAX = 2048 };

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* A line being written: log_begin, values, log_end. Values are quoted and escaped where they need
 * it. A line longer than its limit is cut. */
struct log_line {
    struct buf text;
};
void log_begin(struct log_line *line, enum log_level level, const char *process, const char *event);
void log_text(struct log_line *line, const char *key, const char *value); /* "" leaves it out */
void log_number(struct log_line *line, const char *key, uint64_t value);
void log_end(struct log_line *line); /* writes it at once */

/* For the result of secret_process_init: nothing when memory could be locked, else one warning. */
void log_memory_locked(const char *process, bool locked);

/* level=error, with the problem's reason, field and message. */
void log_problem(const char *process, const char *event, const struct problem *problem);

#endif

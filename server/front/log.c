#include "server/front/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const LEVELS[] = {"info", "warning", "error"};

void front_log_begin(struct front_log *log, enum front_log_level level, const char *event)
{
    struct timespec now;
    struct tm parts;
    char stamp[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    buf_init(&log->line, FRONT_LOG_LINE_MAX);
    buf_print(&log->line, "ts=%s.%03ldZ level=%s event=%s", stamp, now.tv_nsec / 1000000,
              LEVELS[level], event);
}

static bool is_plain(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p <= ' ' || *p > '~' || *p == '"' || *p == '=' || *p == '\\') {
            return false;
        }
    }
    return true;
}

void front_log_text(struct front_log *log, const char *key, const char *value)
{
    if (*value == '\0') {
        return;
    }
    buf_print(&log->line, " %s=", key);
    if (is_plain(value)) {
        buf_append_text(&log->line, value);
        return;
    }
    buf_append_byte(&log->line, '"');
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            buf_print(&log->line, "\\%c", *p);
        } else if (*p < ' ' || *p > '~') {
            buf_print(&log->line, "\\x%02X", (unsigned)(unsigned char)*p);
        } else {
            buf_append_byte(&log->line, (uint8_t)*p);
        }
    }
    buf_append_byte(&log->line, '"');
}

void front_log_number(struct front_log *log, const char *key, uint64_t value)
{
    buf_print(&log->line, " %s=%llu", key, (unsigned long long)value);
}

void front_log_end(struct front_log *log)
{
    log->line.limit++; /* a cut line ends too */
    log->line.failed = false;
    buf_append_byte(&log->line, '\n');
    ssize_t put = write(STDERR_FILENO, log->line.data, log->line.size);
    (void)put; /* there is no other place to complain to */
    buf_done(&log->line);
}

void front_log_event(enum front_log_level level, const char *event, const char *key,
                     const char *value)
{
    struct front_log log;
    front_log_begin(&log, level, event);
    front_log_text(&log, key, value);
    front_log_end(&log);
}

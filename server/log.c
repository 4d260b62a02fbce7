#include "server/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const LEVELS[] = {"info", "warning", "error"};

void log_begin(struct log_line *line, enum log_level level, const char *process, const char *event)
{
    struct timespec now;
    struct tm parts;
    char stamp[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    buf_init(&line->text, LOG_LINE_MAX);
    buf_print(&line->text, "ts=%s.%03ldZ level=%s process=%s event=%s", stamp,
              now.tv_nsec / 1000000, LEVELS[level], process, event);
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

void log_text(struct log_line *line, const char *key, const char *value)
{
    if (*value == '\0') {
        return;
    }
    buf_print(&line->text, " %s=", key);
    if (is_plain(value)) {
        buf_append_text(&line->text, value);
        return;
    }
    buf_append_byte(&line->text, '"');
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            buf_print(&line->text, "\\%c", *p);
        } else if (*p < ' ' || *p > '~') {
            buf_print(&line->text, "\\x%02X", (unsigned)(unsigned char)*p);
        } else {
            buf_append_byte(&line->text, (uint8_t)*p);
        }
    }
    buf_append_byte(&line->text, '"');
}

void log_number(struct log_line *line, const char *key, uint64_t value)
{
    buf_print(&line->text, " %s=%llu", key, (unsigned long long)value);
}

void log_end(struct log_line *line)
{
    line->text.limit++; /* a cut line ends too */
    line->text.failed = false;
    buf_append_byte(&line->text, '\n');
    ssize_t put = write(STDERR_FILENO, line->text.data, line->text.size);
    (void)put; /* there is no other place to complain to */
    buf_done(&line->text);
}

void log_problem(const char *process, const char *event, const struct problem *problem)
{
    struct log_line line;
    log_begin(&line, LOG_LEVEL_ERROR, process, event);
    log_text(&line, "reason", problem->reason);
    log_text(&line, "field", problem->field);
    log_text(&line, "message", problem->message);
    log_end(&line);
}

void log_memory_locked(const char *process, bool locked)
{
    struct log_line line;
    if (locked) {
        return;
    }
    log_begin(&line, LOG_LEVEL_WARNING, process, "memory_not_locked");
    log_text(&line, "why",
             "secrets may reach the swap: raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK)");
    log_end(&line);
}

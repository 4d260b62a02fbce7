#include "server/supervisor/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"

enum { LINE_MAX_SIZE = 1024 };

static void begin(struct buf *line, const char *level, const char *event)
{
    struct timespec now;
    struct tm parts;
    char stamp[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    buf_init(line, LINE_MAX_SIZE);
    buf_print(line, "ts=%s.%03ldZ level=%s event=%s process=supervisor", stamp,
              now.tv_nsec / 1000000, level, event);
}

static void end(struct buf *line)
{
    line->limit++; /* a cut line ends too */
    line->failed = false;
    buf_append_byte(line, '\n');
    ssize_t put = write(STDERR_FILENO, line->data, line->size);
    (void)put; /* there is no other place to complain to */
    buf_done(line);
}

static void append_quoted(struct buf *line, const char *key, const char *value)
{
    buf_print(line, " %s=\"", key);
    for (const char *p = value; *p != '\0'; p++) {
        bool plain = *p >= ' ' && *p <= '~' && *p != '"' && *p != '\\';
        buf_append_byte(line, plain ? (uint8_t)*p : '?');
    }
    buf_append_byte(line, '"');
}

void supervisor_log(const char *level, const char *event, const char *pairs, ...)
{
    struct buf line;
    char text[LINE_MAX_SIZE / 2];
    va_list arguments;
    va_start(arguments, pairs);
    (void)vsnprintf(text, sizeof(text), pairs, arguments);
    va_end(arguments);
    begin(&line, level, event);
    buf_append_text(&line, text[0] != '\0' ? " " : "");
    buf_append_text(&line, text);
    end(&line);
}

void supervisor_log_problem(const char *event, const struct problem *problem)
{
    struct buf line;
    begin(&line, "error", event);
    buf_print(&line, " reason=%s", problem->reason);
    append_quoted(&line, "field", problem->field);
    append_quoted(&line, "message", problem->message);
    end(&line);
}

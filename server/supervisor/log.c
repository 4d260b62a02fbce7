#include "server/supervisor/log.h"

#include <stdarg.h>
#include <stdio.h>

void supervisor_log(enum log_level level, const char *event, const char *pairs, ...)
{
    struct log_line line;
    char text[LOG_LINE_MAX / 2];
    va_list arguments;
    va_start(arguments, pairs);
    (void)vsnprintf(text, sizeof(text), pairs, arguments);
    va_end(arguments);
    log_begin(&line, level, "supervisor", event);
    buf_print(&line.text, "%s%s", text[0] != '\0' ? " " : "", text);
    log_end(&line);
}

void supervisor_log_problem(const char *event, const struct problem *problem)
{
    log_problem("supervisor", event, problem);
}

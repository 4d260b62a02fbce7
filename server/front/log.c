#include "server/front/log.h"

void front_log_begin(struct log_line *line, enum log_level level, const char *event)
{
    log_begin(line, level, "front", event);
}

void front_log_event(enum log_level level, const char *event, const char *key, const char *value)
{
    struct log_line line;
    front_log_begin(&line, level, event);
    log_text(&line, key, value);
    log_end(&line);
}

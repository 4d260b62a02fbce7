/* The two tables, as data: what writer and reader work from. */
#ifndef MINTMARK_LIB_EVENT_SCHEMA_H
#define MINTMARK_LIB_EVENT_SCHEMA_H

#include "lib/event/event.h"

enum event_kind {
    EVENT_KIND_TEXT,
    EVENT_KIND_LINES,
    EVENT_KIND_WORD,
    EVENT_KIND_BYTES,
    EVENT_KIND_NUMBER,
    EVENT_KIND_TIME,
};

struct event_field_row {
    const char *name;
    enum event_kind kind;
    int64_t least;
    int64_t most;
    const char *words; /* "a|b|c" */
};

struct event_type_row {
    const char *name;
    size_t field_count;
    enum event_field fields[EVENT_FIELDS_MAX];
};

extern const struct event_field_row EVENT_FIELD_TABLE[EVENT_FIELD_COUNT];
extern const struct event_type_row EVENT_TYPE_TABLE[EVENT_TYPE_COUNT];

/* Whether `word` is one of `words`. */
bool event_schema_word(const char *words, struct span word);

#endif

#include "lib/event/schema.h"

const struct event_field_row EVENT_FIELD_TABLE[EVENT_FIELD_COUNT] = {
#define FIELD(constant, name, kind, least, most, words)                                            \
    [EVENT_##constant] = {name, EVENT_KIND_##kind, least, most, words},
#include "lib/event/fields.def"
#undef FIELD
};

#define COUNT_OF(...) (sizeof((enum event_field[]){__VA_ARGS__}) / sizeof(enum event_field))

const struct event_type_row EVENT_TYPE_TABLE[EVENT_TYPE_COUNT] = {
#define TYPE(constant, name, ...)                                                                  \
    [EVENT_TYPE_##constant] = {name, COUNT_OF(__VA_ARGS__), {__VA_ARGS__}},
#include "lib/event/types.def"
#undef TYPE
};

const char *event_type_name(enum event_type type)
{
    return EVENT_TYPE_TABLE[type].name;
}

const char *event_field_name(enum event_field field)
{
    return EVENT_FIELD_TABLE[field].name;
}

bool event_schema_word(const char *words, struct span word)
{
    while (*words != '\0') {
        size_t size = strcspn(words, "|");
        if (span_equal(span_make(words, size), word)) {
            return true;
        }
        words += size + (words[size] == '|' ? 1 : 0);
    }
    return false;
}

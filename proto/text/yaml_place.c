#include "proto/text/yaml_place.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/text/events.h"

struct search {
    struct text_events events;
    const char *path; /* what is left of it */
    bool found;
    yaml_mark_t mark;
};

static bool at_end(const struct search *search)
{
    return search->events.event.type == YAML_MAPPING_END_EVENT ||
           search->events.event.type == YAML_SEQUENCE_END_EVENT;
}

/* Steps over the whole node that starts with the current event. */
static status_t skip(struct search *search)
{
    unsigned outside = search->events.depth;
    yaml_event_type_t type = search->events.event.type;
    if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT) {
        outside--;
        while (search->events.depth > outside) {
            TRY(text_events_next(&search->events));
        }
    }
    return text_events_next(&search->events);
}

/* Inside a mapping: to the value of the path's first word. STATUS_NOT_FOUND when it has none. */
static status_t enter_key(struct search *search)
{
    struct span word = span_make(search->path, strcspn(search->path, ".["));
    while (!at_end(search)) {
        bool here = span_equal(text_events_scalar(&search->events), word);
        yaml_mark_t mark = search->events.event.start_mark;
        TRY(text_events_next(&search->events));
        if (here) {
            search->mark = mark;
            search->found = true;
            search->path += word.size;
            return STATUS_OK;
        }
        TRY(skip(search));
    }
    return STATUS_NOT_FOUND;
}

/* Inside a list: to the element of the path's "[3]". */
static status_t enter_element(struct search *search)
{
    char *end = NULL;
    unsigned long left = strtoul(search->path + 1, &end, 10);
    if (*end != ']') {
        return STATUS_NOT_FOUND;
    }
    for (; left > 0 && !at_end(search); left--) {
        TRY(skip(search));
    }
    if (at_end(search)) {
        return STATUS_NOT_FOUND;
    }
    search->mark = search->events.event.start_mark;
    search->path = end + 1;
    return STATUS_OK;
}

/* Down from the root node; ends at the path's end or where the document has no more of it. */
static status_t descend(struct search *search)
{
    while (search->path[0] != '\0') {
        bool list = search->path[0] == '[';
        yaml_event_type_t wanted = list ? YAML_SEQUENCE_START_EVENT : YAML_MAPPING_START_EVENT;
        search->path += search->path[0] == '.' ? 1 : 0;
        if (search->events.event.type != wanted) {
            return STATUS_NOT_FOUND;
        }
        TRY(text_events_next(&search->events));
        TRY(list ? enter_element(search) : enter_key(search));
    }
    return STATUS_OK;
}

bool text_yaml_place(const char *name, struct span document, const char *path,
                     char ret_place[static PROBLEM_FIELD_MAX])
{
    enum { NAME_SHOWN_MAX = 40 }; /* leaves room for the path behind the place */
    struct search search = {.path = path};
    size_t size = strlen(name);
    status_t status = text_events_open(&search.events, name, document, NULL);
    if (status == STATUS_OK) {
        status = descend(&search); /* how far it came is in `found` and `mark` */
    }
    text_events_done(&search.events);
    if (search.found) {
        (void)snprintf(ret_place, PROBLEM_FIELD_MAX, "%s:%zu:%zu %s",
                       size > NAME_SHOWN_MAX ? name + size - NAME_SHOWN_MAX : name,
                       search.mark.line + 1, search.mark.column + 1, path);
    }
    return search.found;
}

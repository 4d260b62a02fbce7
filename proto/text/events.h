/* The events of one plain YAML document: what libyaml reports, minus everything that text_yaml_read
 * refuses whatever the message (aliases, anchors, tags, second documents, limits), and with the
 * place for each complaint. */
#ifndef MINTMARK_PROTO_TEXT_EVENTS_H
#define MINTMARK_PROTO_TEXT_EVENTS_H

#include <yaml.h>

#include "lib/base/buf.h"

struct text_events {
    const char *name;
    struct span document;
    struct problem *problem;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    unsigned count;
    unsigned depth; /* mappings and sequences open */
};

/* Borrows everything. Ends with the first node of the document as the current event. End it with
 * text_events_done whatever the result. */
MUST_USE status_t text_events_open(struct text_events *events, const char *name,
                                   struct span document, struct problem *problem);
void text_events_done(struct text_events *events); /* accepts a zeroed struct */
OWN_VALUE(struct text_events, text_events_done)

/* Steps to the next event inside the document. */
MUST_USE status_t text_events_next(struct text_events *events);

/* After the last event of the root node: nothing may follow. */
MUST_USE status_t text_events_close(struct text_events *events);

/* Fills the problem with the current event's place in front: "name:line:column". */
status_t text_events_say(struct text_events *events, status_t status, const char *reason,
                         const char *format, ...) PRINTF_LIKE(4, 5);

/* The current event's scalar. */
struct span text_events_scalar(const struct text_events *events);
bool text_events_is_plain(const struct text_events *events);
/* Written as YAML writes "no value": empty, ~ or null. */
bool text_events_is_null(const struct text_events *events);

enum { TEXT_EVENTS_SHOWN_MAX = 44 };
/* The scalar for an error message: cut, control characters replaced. */
const char *text_events_show(const struct text_events *events,
                             char ret_shown[static TEXT_EVENTS_SHOWN_MAX]);

#endif

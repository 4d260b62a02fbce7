#include "proto/text/events.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/utf8.h"
#include "proto/text/yaml.h"

enum { NAME_SHOWN_MAX = 64 }; /* leaves room for line and column in problem.field */

static status_t say_at(struct text_events *events, yaml_mark_t mark, status_t status,
                       const char *reason, const char *message)
{
    char place[PROBLEM_FIELD_MAX];
    size_t size = strlen(events->name);
    bool cut = size > NAME_SHOWN_MAX; /* the end of a path says more than its start */
    (void)snprintf(place, sizeof(place), "%s%s:%zu:%zu", cut ? "..." : "",
                   events->name + (cut ? size - NAME_SHOWN_MAX : 0), mark.line + 1,
                   mark.column + 1);
    return problem_say(events->problem, status, reason, place, "%s", message);
}

status_t text_events_say(struct text_events *events, status_t status, const char *reason,
                         const char *format, ...)
{
    char message[PROBLEM_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return say_at(events, events->event.start_mark, status, reason, message);
}

/* Line and column of a byte: for what libyaml reports by offset. */
static yaml_mark_t mark_of(struct span document, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < document.size; i++) {
        uint8_t byte = document.data[i];
        if (byte == '\n') {
            mark.line++;
            mark.column = 0;
        } else if ((byte & 0xC0) != 0x80) { /* not a continuation byte */
            mark.column++;
        }
    }
    return mark;
}

static status_t say_syntax(struct text_events *events)
{
    const yaml_parser_t *parser = &events->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return STATUS_NO_MEMORY;
    }
    bool by_offset = parser->error == YAML_READER_ERROR;
    yaml_mark_t mark =
        by_offset ? mark_of(events->document, parser->problem_offset) : parser->problem_mark;
    size_t at = by_offset ? parser->problem_offset : mark.index;
    bool tab = !by_offset && at < events->document.size && events->document.data[at] == '\t';
    char message[PROBLEM_MESSAGE_MAX];
    (void)snprintf(message, sizeof(message), "not YAML: %s%s%s%s",
                   parser->problem != NULL ? parser->problem : "unreadable",
                   parser->context != NULL ? ", " : "",
                   parser->context != NULL ? parser->context : "",
                   tab ? "; indent with spaces, not tabs" : "");
    return say_at(events, mark, STATUS_MALFORMED, "YAML_SYNTAX", message);
}

/* libyaml steps over a NUL it meets in a scalar and stops at others: both are refused before. */
static status_t check_text(struct text_events *events)
{
    struct span document = events->document;
    if (document.size > TEXT_YAML_MAX) {
        return say_at(events, (yaml_mark_t){0}, STATUS_TOO_LARGE, "YAML_LIMIT",
                      "the document is larger than 1 MiB");
    }
    size_t bad = utf8_check(document);
    const char *message = "not UTF-8: save the file in UTF-8";
    const uint8_t *nul = bad > 0 ? memchr(document.data, 0, bad) : NULL;
    if (nul != NULL) {
        bad = (size_t)(nul - document.data);
        message = "a NUL byte: this is not a text file";
    }
    return bad == document.size
               ? STATUS_OK
               : say_at(events, mark_of(document, bad), STATUS_MALFORMED, "YAML_TEXT", message);
}

static status_t refuse_properties(struct text_events *events, const yaml_char_t *anchor,
                                  const yaml_char_t *tag)
{
    if (anchor != NULL) {
        return text_events_say(events, STATUS_INVALID, "YAML_ANCHOR",
                               "anchors are not accepted: write the value out");
    }
    if (tag != NULL) {
        return text_events_say(events, STATUS_INVALID, "YAML_TAG",
                               "tags are not accepted: the key decides the type");
    }
    return STATUS_OK;
}

static status_t check_depth(struct text_events *events)
{
    if (++events->depth > TEXT_YAML_DEPTH_MAX) {
        return text_events_say(events, STATUS_TOO_LARGE, "YAML_LIMIT",
                               "nested deeper than %d levels", TEXT_YAML_DEPTH_MAX);
    }
    return STATUS_OK;
}

static status_t check_event(struct text_events *events)
{
    const yaml_event_t *event = &events->event;
    if (++events->count > TEXT_YAML_NODES_MAX) {
        return text_events_say(events, STATUS_TOO_LARGE, "YAML_LIMIT",
                               "more than %d values in one document", TEXT_YAML_NODES_MAX);
    }
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return text_events_say(events, STATUS_INVALID, "YAML_ALIAS",
                               "aliases are not accepted: write the value out");
    case YAML_SCALAR_EVENT:
        return refuse_properties(events, event->data.scalar.anchor, event->data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
        TRY(check_depth(events));
        return refuse_properties(events, event->data.sequence_start.anchor,
                                 event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        TRY(check_depth(events));
        return refuse_properties(events, event->data.mapping_start.anchor,
                                 event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        events->depth--;
        return STATUS_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
        return STATUS_OK;
    }
}

status_t text_events_next(struct text_events *events)
{
    yaml_event_delete(&events->event);
    if (yaml_parser_parse(&events->parser, &events->event) == 0) {
        return say_syntax(events);
    }
    return check_event(events);
}

status_t text_events_open(struct text_events *events, const char *name, struct span document,
                          struct problem *problem)
{
    *events = (struct text_events){.name = name, .document = document, .problem = problem};
    if (document.size == 0) { /* libyaml ends the process on a NULL */
        return text_events_say(events, STATUS_INVALID, "YAML_EMPTY", "the file holds no document");
    }
    TRY(check_text(events));
    if (yaml_parser_initialize(&events->parser) == 0) {
        return STATUS_NO_MEMORY;
    }
    yaml_parser_set_encoding(&events->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&events->parser, document.data, document.size);
    TRY(text_events_next(events)); /* start of stream */
    TRY(text_events_next(events)); /* start of document */
    if (events->event.type == YAML_STREAM_END_EVENT) {
        return text_events_say(events, STATUS_INVALID, "YAML_EMPTY", "the file holds no document");
    }
    return text_events_next(events);
}

status_t text_events_close(struct text_events *events)
{
    TRY(text_events_next(events)); /* end of document */
    TRY(text_events_next(events));
    if (events->event.type != YAML_STREAM_END_EVENT) {
        return text_events_say(events, STATUS_INVALID, "YAML_DOCUMENTS",
                               "a second document starts here: one file holds one document");
    }
    return STATUS_OK;
}

void text_events_done(struct text_events *events)
{
    yaml_event_delete(&events->event);
    yaml_parser_delete(&events->parser);
}

struct span text_events_scalar(const struct text_events *events)
{
    return span_make(events->event.data.scalar.value, events->event.data.scalar.length);
}

bool text_events_is_plain(const struct text_events *events)
{
    return events->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool text_events_is_null(const struct text_events *events)
{
    static const char *const SPELLINGS[] = {"", "~", "null", "Null", "NULL"}; /* YAML 1.2 §10.3.2 */
    for (size_t i = 0; i < sizeof(SPELLINGS) / sizeof(SPELLINGS[0]); i++) {
        if (text_events_is_plain(events) &&
            span_equal(text_events_scalar(events), span_text(SPELLINGS[i]))) {
            return true;
        }
    }
    return false;
}

static char printable(uint8_t byte)
{
    if (byte < 0x20 || byte == 0x7F) {
        return '?';
    }
    return (char)byte;
}

const char *text_events_show(const struct text_events *events,
                             char ret_shown[static TEXT_EVENTS_SHOWN_MAX])
{
    struct span text = text_events_scalar(events);
    size_t room = TEXT_EVENTS_SHOWN_MAX - sizeof("...");
    size_t size = text.size;
    if (size > room) {
        size = room;
        while (size > 0 && (text.data[size] & 0xC0) == 0x80) {
            size--; /* cut between characters */
        }
    }
    for (size_t i = 0; i < size; i++) {
        ret_shown[i] = printable(text.data[i]);
    }
    (void)snprintf(ret_shown + size, TEXT_EVENTS_SHOWN_MAX - size, "%s",
                   size < text.size ? "..." : "");
    return ret_shown;
}

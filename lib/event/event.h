/* The closed list of audit events: structs to the bytes of a log's entry, and back (SPEC.md).
 *
 * To add a type of event: one row in types.def, with fields of fields.def (a new field is one row
 * there). Writer, reader and the property tests work from these two tables; there is no other
 * place. Then, where it happens:
 *
 *     struct event event;
 *     event_begin(&event, EVENT_TYPE_DEVICE_BOUND, now_ms);
 *     event_set_bytes(&event, EVENT_RECORD, SPAN_OF(unit->record_id));
 *     event_set_text(&event, EVENT_ORDER, unit->order);
 *     …
 *     TRY(event_write(&event, &leaf, problem));
 *
 * All fields of a row are set, none else. What may be absent has a value that says so ("" or no
 * bytes); lists become several events. No digest of anything that can be guessed, no free text, no
 * secret ever stands in an event. */
#ifndef MINTMARK_LIB_EVENT_EVENT_H
#define MINTMARK_LIB_EVENT_EVENT_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum {
    EVENT_MAX = 12 * 1024, /* bytes of an entry; the largest type's worst case is below it */
    EVENT_FIELDS_MAX = 16, /* of one type */
    EVENT_TYPE_NAME_MAX = 32,
    EVENT_STORAGE_MAX = 6 * 1024, /* decoded values of one event */
    /* entries are written by several processes at once: by so much the time of one may be before
     * that of the newest of those that stand before it */
    EVENT_TIME_SLACK_MS = 2000,
};

enum event_field {
#define FIELD(constant, name, kind, least, most, words) EVENT_##constant,
#include "lib/event/fields.def"
#undef FIELD
    EVENT_FIELD_COUNT
};

enum event_type {
#define TYPE(constant, name, ...) EVENT_TYPE_##constant,
#include "lib/event/types.def"
#undef TYPE
    EVENT_TYPE_COUNT
};

struct event_value {
    bool set;
    struct span bytes; /* TEXT, LINES, WORD, BYTES */
    int64_t number;    /* NUMBER; TIME: milliseconds since 1970 */
};

struct event {
    enum event_type type;
    int64_t time_ms; /* Unix time; written with milliseconds, UTC */
    struct event_value values[EVENT_FIELD_COUNT];
    size_t used;
    uint8_t
        storage[EVENT_STORAGE_MAX]; /* of values that nobody else keeps; do not move the struct */
};

/* Begins anew: no value is set. */
void event_begin(struct event *event, enum event_type type, int64_t time_ms);

/* Values are borrowed until event_write. Setting a field that the type does not have is our bug. */
void event_set_text(struct event *event, enum event_field field, const char *text);
void event_set_bytes(struct event *event, enum event_field field, struct span bytes);
void event_set_sha256(struct event *event, enum event_field field, struct span content);
/* No bytes when all are zero: the name of something that there is not. */
void event_set_id(struct event *event, enum event_field field, struct span id);
void event_set_number(struct event *event, enum event_field field, int64_t number);

/* Appends the entry's bytes: one line of JSON. STATUS_INVALID EVENT_VALUE: a field is missing or
 * outside its limits. */
MUST_USE status_t event_write(const struct event *event, struct buf *ret_entry,
                              struct problem *problem);

/* Reads what event_write makes, byte for byte; anything else is STATUS_MALFORMED: EVENT_TYPE (a
 * type that is not in the list), EVENT_MALFORMED, EVENT_VALUE. *ret_event is undefined then. */
MUST_USE status_t event_read(struct span entry, struct event *ret_event, struct problem *problem);

const char *event_type_name(enum event_type type);
const char *event_field_name(enum event_field field);

#endif

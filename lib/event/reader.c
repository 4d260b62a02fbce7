/* Bytes to event. What the scan lets pass that the writer would spell otherwise is refused by
 * writing the event again and comparing. */
#include "lib/base/hex.h"
#include "lib/event/event.h"
#include "lib/event/schema.h"
#include "lib/event/time.h"

struct scan {
    struct span rest;
    struct event *event;
};

static bool take(struct scan *scan, const char *text)
{
    size_t size = strlen(text);
    if (scan->rest.size < size || memcmp(scan->rest.data, text, size) != 0) {
        return false;
    }
    scan->rest = span_make(scan->rest.data + size, scan->rest.size - size);
    return true;
}

/* A string behind its first quotation mark, up to and with its last; without the marks. */
static bool take_string(struct scan *scan, struct span *ret_text)
{
    const uint8_t *start = scan->rest.data;
    for (size_t i = 0; i < scan->rest.size; i++) {
        if (start[i] == '"') {
            *ret_text = span_make(start, i);
            scan->rest = span_make(start + i + 1, scan->rest.size - i - 1);
            return true;
        }
        if (start[i] == '\\') {
            i++;
        }
    }
    return false;
}

static bool store(struct event *event, uint8_t byte)
{
    if (event->used == EVENT_STORAGE_MAX) {
        return false;
    }
    event->storage[event->used++] = byte;
    return true;
}

/* Without its escapes, into the event's storage. */
static bool unescape(struct event *event, struct span text, struct span *ret_text)
{
    size_t start = event->used;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '\\' && i + 1 < text.size) {
            byte = text.data[++i] == 'n' ? '\n' : text.data[i];
        }
        if (!store(event, byte)) {
            return false;
        }
    }
    *ret_text = span_make(event->storage + start, event->used - start);
    return true;
}

static bool unhex(struct event *event, struct span text, struct span *ret_bytes)
{
    uint8_t *place = event->storage + event->used;
    if (text.size / 2 > EVENT_STORAGE_MAX - event->used ||
        hex_decode_into(text, place) != STATUS_OK) {
        return false;
    }
    event->used += text.size / 2;
    *ret_bytes = span_make(place, text.size / 2);
    return true;
}

enum { DIGITS_MAX = 16 }; /* of 2^53 */

static bool take_number(struct scan *scan, int64_t *ret_number)
{
    bool negative = take(scan, "-");
    int64_t number = 0;
    int digits = 0;
    while (scan->rest.size > 0 && scan->rest.data[0] >= '0' && scan->rest.data[0] <= '9' &&
           digits < DIGITS_MAX) {
        number = number * 10 + (scan->rest.data[0] - '0');
        scan->rest = span_make(scan->rest.data + 1, scan->rest.size - 1);
        digits++;
    }
    *ret_number = negative ? -number : number;
    return digits > 0;
}

static bool take_value(struct scan *scan, enum event_kind kind, struct event_value *value)
{
    struct span text;
    value->set = true;
    if (kind == EVENT_KIND_NUMBER) {
        return take_number(scan, &value->number);
    }
    if (!take(scan, "\"") || !take_string(scan, &text)) {
        return false;
    }
    switch (kind) {
    case EVENT_KIND_TIME:
        return event_time_read(text, &value->number) == STATUS_OK;
    case EVENT_KIND_BYTES:
        return unhex(scan->event, text, &value->bytes);
    case EVENT_KIND_TEXT:
    case EVENT_KIND_LINES:
    case EVENT_KIND_WORD:
    case EVENT_KIND_NUMBER:
        break;
    }
    return unescape(scan->event, text, &value->bytes);
}

static bool take_field(struct scan *scan, enum event_field field)
{
    const struct event_field_row *row = &EVENT_FIELD_TABLE[field];
    return take(scan, ",\"") && take(scan, row->name) && take(scan, "\":") &&
           take_value(scan, row->kind, &scan->event->values[field]);
}

static bool find_type(struct span name, enum event_type *ret_type)
{
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        if (span_equal(span_text(EVENT_TYPE_TABLE[type].name), name)) {
            *ret_type = (enum event_type)type;
            return true;
        }
    }
    return false;
}

static status_t malformed(struct problem *problem, const char *type, const char *field)
{
    return problem_say(problem, STATUS_MALFORMED, "EVENT_MALFORMED", field,
                       "the log's entry %s is not in its form at %s: this program did not write it",
                       type, field);
}

static status_t read_head(struct scan *scan, struct problem *problem)
{
    struct span name;
    struct event_value time;
    enum event_type type;
    if (!take(scan, "{\"type\":\"") || !take_string(scan, &name)) {
        return malformed(problem, "", "type");
    }
    if (!find_type(name, &type)) {
        int size = name.size < EVENT_TYPE_NAME_MAX ? (int)name.size : EVENT_TYPE_NAME_MAX;
        return problem_say(problem, STATUS_MALFORMED, "EVENT_TYPE", "type",
                           "a log's entry of type \"%.*s\", which this program does not know: use "
                           "one as new as the server, or the log was tampered with",
                           size, (const char *)name.data);
    }
    event_begin(scan->event, type, 0);
    if (!take(scan, ",\"time\":") || !take_value(scan, EVENT_KIND_TIME, &time)) {
        return malformed(problem, EVENT_TYPE_TABLE[type].name, "time");
    }
    scan->event->time_ms = time.number;
    return STATUS_OK;
}

static status_t read_fields(struct scan *scan, struct problem *problem)
{
    const struct event_type_row *type = &EVENT_TYPE_TABLE[scan->event->type];
    for (size_t i = 0; i < type->field_count; i++) {
        if (!take_field(scan, type->fields[i])) {
            return malformed(problem, type->name, event_field_name(type->fields[i]));
        }
    }
    return take(scan, "}") && scan->rest.size == 0 ? STATUS_OK
                                                   : malformed(problem, type->name, "its end");
}

status_t event_read(struct span entry, struct event *ret_event, struct problem *problem)
{
    struct scan scan = {.rest = entry, .event = ret_event};
    AUTO(buf_done) struct buf again;
    buf_init(&again, entry.size);
    (void)buf_extend(&again, again.limit); /* once, instead of growing to it */
    buf_clear(&again);
    TRY(read_head(&scan, problem));
    TRY(read_fields(&scan, problem));
    status_t status = event_write(ret_event, &again, problem);
    if (status == STATUS_INVALID) {
        return problem_say(problem, STATUS_MALFORMED, "EVENT_VALUE", "",
                           "the log's entry %s has a value outside its limits",
                           event_type_name(ret_event->type));
    }
    if (status != STATUS_OK || !span_equal(buf_span(&again), entry)) {
        return malformed(problem, event_type_name(ret_event->type), "a value's spelling");
    }
    return STATUS_OK;
}

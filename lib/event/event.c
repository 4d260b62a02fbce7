#include "lib/event/event.h"

#include <assert.h>
#include <inttypes.h>

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/event/schema.h"
#include "lib/event/time.h"

void event_begin(struct event *event, enum event_type type, int64_t time_ms)
{
    memset(event->values, 0, sizeof(event->values));
    event->type = type;
    event->time_ms = time_ms;
    event->used = 0;
}

static bool has_field(enum event_type type, enum event_field field)
{
    for (size_t i = 0; i < EVENT_TYPE_TABLE[type].field_count; i++) {
        if (EVENT_TYPE_TABLE[type].fields[i] == field) {
            return true;
        }
    }
    return false;
}

static struct event_value *place(struct event *event, enum event_field field)
{
    assert(has_field(event->type, field));
    event->values[field].set = true;
    return &event->values[field];
}

void event_set_text(struct event *event, enum event_field field, const char *text)
{
    event_set_bytes(event, field, span_text(text));
}

void event_set_bytes(struct event *event, enum event_field field, struct span bytes)
{
    assert(EVENT_FIELD_TABLE[field].kind < EVENT_KIND_NUMBER);
    place(event, field)->bytes = bytes;
}

void event_set_sha256(struct event *event, enum event_field field, struct span content)
{
    assert(event->used + SHA256_SIZE <= EVENT_STORAGE_MAX);
    uint8_t *digest = event->storage + event->used;
    event->used += SHA256_SIZE;
    digest_sha256(content, digest);
    event_set_bytes(event, field, span_make(digest, SHA256_SIZE));
}

void event_set_id(struct event *event, enum event_field field, struct span id)
{
    size_t zeros = 0;
    while (zeros < id.size && id.data[zeros] == 0) {
        zeros++;
    }
    event_set_bytes(event, field, span_make(id.data, zeros == id.size ? 0 : id.size));
}

void event_set_number(struct event *event, enum event_field field, int64_t number)
{
    assert(EVENT_FIELD_TABLE[field].kind >= EVENT_KIND_NUMBER);
    place(event, field)->number = number;
}

static bool is_text(struct span text, bool lines)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if ((byte < ' ' && !(lines && byte == '\n')) || byte == 0x7F) {
            return false;
        }
    }
    return utf8_check(text) == text.size;
}

static bool within_limits(const struct event_field_row *row, const struct event_value *value)
{
    int64_t size = (int64_t)value->bytes.size;
    switch (row->kind) {
    case EVENT_KIND_TEXT:
    case EVENT_KIND_LINES:
        return size >= row->least && size <= row->most &&
               is_text(value->bytes, row->kind == EVENT_KIND_LINES);
    case EVENT_KIND_WORD:
        return event_schema_word(row->words, value->bytes);
    case EVENT_KIND_BYTES:
        return size >= row->least && size <= row->most;
    case EVENT_KIND_NUMBER:
        return value->number >= row->least && value->number <= row->most;
    case EVENT_KIND_TIME:
        return event_time_valid(value->number);
    }
    return false;
}

/* SPEC §3: the only characters that are escaped. */
static void print_text(struct span text, struct buf *ret_entry)
{
    size_t done = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\' || byte == '\n') {
            buf_append(ret_entry, text.data + done, i - done);
            buf_append_byte(ret_entry, '\\');
            buf_append_byte(ret_entry, byte == '\n' ? 'n' : byte);
            done = i + 1;
        }
    }
    buf_append_span(ret_entry, span_make(text.data + done, text.size - done));
}

static void print_value(enum event_kind kind, const struct event_value *value,
                        struct buf *ret_entry)
{
    char text[EVENT_TIME_SIZE];
    if (kind == EVENT_KIND_NUMBER) {
        buf_print(ret_entry, "%" PRId64, value->number);
        return;
    }
    buf_append_byte(ret_entry, '"');
    if (kind == EVENT_KIND_TIME) {
        event_time_write(value->number, text);
        buf_append_text(ret_entry, text);
    } else if (kind == EVENT_KIND_BYTES) {
        char *digits = (char *)buf_extend(ret_entry, 2 * value->bytes.size + 1);
        if (digits != NULL) {
            hex_encode(value->bytes, digits);
            ret_entry->size--; /* the NUL */
        }
    } else {
        print_text(value->bytes, ret_entry);
    }
    buf_append_byte(ret_entry, '"');
}

static status_t write_fields(const struct event *event, struct buf *ret_entry,
                             struct problem *problem)
{
    const struct event_type_row *type = &EVENT_TYPE_TABLE[event->type];
    for (size_t i = 0; i < type->field_count; i++) {
        const struct event_field_row *row = &EVENT_FIELD_TABLE[type->fields[i]];
        const struct event_value *value = &event->values[type->fields[i]];
        if (!value->set || !within_limits(row, value)) {
            return problem_say(problem, STATUS_INVALID, "EVENT_VALUE", row->name,
                               "the log's entry %s has no such value of %s: nothing was done",
                               type->name, row->name);
        }
        buf_append_text(ret_entry, ",\"");
        buf_append_text(ret_entry, row->name);
        buf_append_text(ret_entry, "\":");
        print_value(row->kind, value, ret_entry);
    }
    return STATUS_OK;
}

status_t event_write(const struct event *event, struct buf *ret_entry, struct problem *problem)
{
    char time[EVENT_TIME_SIZE];
    if (!event_time_valid(event->time_ms)) {
        return problem_say(problem, STATUS_INVALID, "EVENT_VALUE", "time",
                           "the time of the log's entry is not between 1970 and 9999");
    }
    event_time_write(event->time_ms, time);
    buf_append_text(ret_entry, "{\"type\":\"");
    buf_append_text(ret_entry, EVENT_TYPE_TABLE[event->type].name);
    buf_append_text(ret_entry, "\",\"time\":\"");
    buf_append_text(ret_entry, time);
    buf_append_byte(ret_entry, '"');
    TRY(write_fields(event, ret_entry, problem));
    buf_append_byte(ret_entry, '}');
    return buf_status(ret_entry);
}

#include "proto/text/yaml.h"

#include "lib/base/utf8.h"
#include "proto/text/enum.h"
#include "proto/text/events.h"
#include "proto/text/map.h"
#include "proto/text/scalar.h"
#include "proto/text/shorthand.h"
#include "proto/text/suggest.h"
#include "proto/text/varint.h"

/* Each value becomes wire bytes at once and protobuf-c unpacks the whole at the end: no half-built
 * message exists, and its memory is protobuf-c's alone. */

enum {
    FIELDS_MAX = 64, /* of one message: the keys already seen are bits */
    WIRE_MAX = 2 * TEXT_YAML_MAX,
};

static void append_tag(struct buf *wire, const ProtobufCFieldDescriptor *field,
                       ProtobufCWireType type)
{
    text_varint_append(wire, (uint64_t)field->id << 3 | (uint64_t)type);
}

static void append_bytes(struct buf *wire, const ProtobufCFieldDescriptor *field, struct span bytes)
{
    append_tag(wire, field, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    text_varint_append(wire, bytes.size);
    buf_append_span(wire, bytes);
}

static void append_number(struct buf *wire, const ProtobufCFieldDescriptor *field, uint64_t value)
{
    append_tag(wire, field, PROTOBUF_C_WIRE_TYPE_VARINT);
    text_varint_append(wire, value);
}

static const char *kind_of(const struct text_events *events)
{
    if (events->event.type == YAML_SCALAR_EVENT) {
        return text_events_is_null(events) ? "nothing" : "a single value";
    }
    return events->event.type == YAML_MAPPING_START_EVENT ? "a mapping" : "a list";
}

static status_t expect(struct text_events *events, yaml_event_type_t type, const char *what,
                       const char *wanted)
{
    if (events->event.type == type) {
        return STATUS_OK;
    }
    return text_events_say(events, STATUS_INVALID, "YAML_KIND", "%s is %s, not %s", what, wanted,
                           kind_of(events));
}

static status_t expect_value(struct text_events *events, const ProtobufCFieldDescriptor *field)
{
    if (events->event.type == YAML_SCALAR_EVENT && text_events_is_null(events)) {
        return text_events_say(events, STATUS_INVALID, "YAML_NULL",
                               "%s has no value: write one, or leave the key out", field->name);
    }
    return expect(events, YAML_SCALAR_EVENT, field->name, "a single value");
}

static status_t refuse_quotes(struct text_events *events, const ProtobufCFieldDescriptor *field,
                              const char *kind)
{
    if (text_events_is_plain(events)) {
        return STATUS_OK;
    }
    return text_events_say(events, STATUS_INVALID, "YAML_QUOTED",
                           "%s is %s: write it without quotes", field->name, kind);
}

static status_t read_integer(struct text_events *events, const ProtobufCFieldDescriptor *field,
                             struct buf *wire)
{
    char shown[TEXT_EVENTS_SHOWN_MAX];
    uint64_t value = 0;
    TRY(refuse_quotes(events, field, "a number"));
    status_t status = text_scalar_integer(field->type, text_events_scalar(events), &value);
    if (status == STATUS_TOO_LARGE) {
        return text_events_say(events, STATUS_INVALID, "YAML_NUMBER_RANGE",
                               "%s: %s is out of range: a number %s is wanted", field->name,
                               text_events_show(events, shown), text_scalar_range(field->type));
    }
    if (status != STATUS_OK) {
        return text_events_say(events, status, "YAML_NUMBER",
                               "%s: %s is not a whole number: digits only, like 1000, or 0x and "
                               "hex digits; no separator, leading zero, sign, exponent or unit",
                               field->name, text_events_show(events, shown));
    }
    append_number(wire, field, value);
    return STATUS_OK;
}

static status_t read_boolean(struct text_events *events, const ProtobufCFieldDescriptor *field,
                             struct buf *wire)
{
    char shown[TEXT_EVENTS_SHOWN_MAX];
    uint64_t value = 0;
    TRY(refuse_quotes(events, field, "true or false"));
    status_t status = text_scalar_boolean(text_events_scalar(events), &value);
    if (status != STATUS_OK) {
        return text_events_say(events, status, "YAML_BOOLEAN", "%s is true or false, not %s",
                               field->name, text_events_show(events, shown));
    }
    append_number(wire, field, value);
    return STATUS_OK;
}

static status_t read_enum(struct text_events *events, const ProtobufCFieldDescriptor *field,
                          struct buf *wire)
{
    int value = 0;
    struct span text = text_events_scalar(events);
    if (strlen((const char *)text.data) != text.size ||
        !text_enum_find(field->descriptor, (const char *)text.data, &value)) {
        char shown[TEXT_EVENTS_SHOWN_MAX];
        char known[PROBLEM_MESSAGE_MAX / 2];
        text_enum_list(field->descriptor, known, sizeof(known));
        return text_events_say(events, STATUS_INVALID, "YAML_ENUM", "%s: %s is not one of %s",
                               field->name, text_events_show(events, shown), known);
    }
    append_number(wire, field, (uint64_t)value); /* listed values are not negative */
    return STATUS_OK;
}

static status_t check_scalar_text(struct text_events *events)
{
    /* "\0" and escapes of lone surrogates pass libyaml's reader */
    return utf8_is_text(text_events_scalar(events))
               ? STATUS_OK
               : text_events_say(events, STATUS_INVALID, "YAML_TEXT",
                                 "text holds a NUL or is not UTF-8");
}

static status_t read_message(struct text_events *events, const ProtobufCMessageDescriptor *message,
                             const char *what, struct buf *wire);
static status_t read_map(struct text_events *events, const ProtobufCFieldDescriptor *field,
                         const char *what, struct buf *wire);

static status_t read_value(struct text_events *events, const ProtobufCFieldDescriptor *field,
                           struct buf *wire);

static status_t read_submessage(struct text_events *events, const ProtobufCFieldDescriptor *field,
                                struct buf *wire)
{
    AUTO(buf_done) struct buf inner = {.limit = WIRE_MAX};
    const ProtobufCFieldDescriptor *map = text_map_alone(field->descriptor);
    const ProtobufCFieldDescriptor *label = text_shorthand_label(field->descriptor);
    if (label != NULL && events->event.type == YAML_SCALAR_EVENT) {
        TRY(read_value(events, label, &inner));
        append_bytes(wire, field, buf_span(&inner));
        return STATUS_OK;
    }
    TRY(map != NULL ? read_map(events, map, field->name, &inner)
                    : read_message(events, field->descriptor, field->name, &inner));
    append_bytes(wire, field, buf_span(&inner));
    return STATUS_OK;
}

static status_t read_value(struct text_events *events, const ProtobufCFieldDescriptor *field,
                           struct buf *wire)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return read_submessage(events, field, wire);
    }
    TRY(expect_value(events, field));
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
        return read_integer(events, field, wire);
    case PROTOBUF_C_TYPE_BOOL:
        return read_boolean(events, field, wire);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(events, field, wire);
    case PROTOBUF_C_TYPE_STRING:
        TRY(check_scalar_text(events));
        append_bytes(wire, field, text_events_scalar(events));
        return STATUS_OK;
    default: /* bytes, floating point and fixed width numbers */
        return text_events_say(events, STATUS_INVALID, "YAML_TYPE",
                               "%s cannot be written in YAML: leave the key out", field->name);
    }
}

static status_t check_count(struct text_events *events, const ProtobufCFieldDescriptor *field,
                            unsigned count)
{
    if (count > TEXT_YAML_REPEATED_MAX) {
        return text_events_say(events, STATUS_TOO_LARGE, "YAML_LIMIT",
                               "%s holds more than %d elements", field->name,
                               TEXT_YAML_REPEATED_MAX);
    }
    return STATUS_OK;
}

static status_t read_list(struct text_events *events, const ProtobufCFieldDescriptor *field,
                          struct buf *wire)
{
    TRY(expect(events, YAML_SEQUENCE_START_EVENT, field->name, "a list"));
    TRY(text_events_next(events));
    for (unsigned count = 1; events->event.type != YAML_SEQUENCE_END_EVENT; count++) {
        TRY(check_count(events, field, count));
        TRY(read_value(events, field, wire));
        TRY(text_events_next(events));
    }
    return STATUS_OK;
}

/* A key: text, not empty; the current event. */
static status_t check_key(struct text_events *events)
{
    if (events->event.type != YAML_SCALAR_EVENT || text_events_is_null(events) ||
        text_events_scalar(events).size == 0 ||
        (text_events_is_plain(events) && span_equal(text_events_scalar(events), span_text("<<")))) {
        return text_events_say(events, STATUS_INVALID, "YAML_KEY", "a key is a word, not %s",
                               events->event.type == YAML_SCALAR_EVENT ? "empty, null or a merge"
                                                                       : kind_of(events));
    }
    return check_scalar_text(events);
}

static status_t say_duplicate(struct text_events *events)
{
    char shown[TEXT_EVENTS_SHOWN_MAX];
    return text_events_say(events, STATUS_INVALID, "YAML_DUPLICATE_KEY",
                           "%s is given twice: remove one", text_events_show(events, shown));
}

/* `seen` holds the keys so far, each with a NUL behind. */
static status_t remember_key(struct text_events *events, struct buf *seen)
{
    struct span key = text_events_scalar(events);
    for (size_t at = 0; at < seen->size;) {
        struct span other = span_text((const char *)seen->data + at);
        if (span_equal(other, key)) {
            return say_duplicate(events);
        }
        at += other.size + 1;
    }
    buf_append_span(seen, key);
    buf_append_byte(seen, 0);
    return buf_status(seen);
}

/* One key and value of a map: a message of two fields on the wire (protobuf.dev, "Encoding": maps).
 */
static status_t read_entry(struct text_events *events, const ProtobufCFieldDescriptor *field,
                           struct buf *wire)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    AUTO(buf_done) struct buf inner = {.limit = WIRE_MAX};
    append_bytes(&inner, &entry->fields[0], text_events_scalar(events));
    TRY(text_events_next(events));
    TRY(read_value(events, &entry->fields[1], &inner));
    append_bytes(wire, field, buf_span(&inner));
    return STATUS_OK;
}

static status_t read_map(struct text_events *events, const ProtobufCFieldDescriptor *field,
                         const char *what, struct buf *wire)
{
    AUTO(buf_done) struct buf seen = {.limit = TEXT_YAML_MAX + TEXT_YAML_NODES_MAX};
    TRY(expect(events, YAML_MAPPING_START_EVENT, what, "a mapping"));
    TRY(text_events_next(events));
    for (unsigned count = 1; events->event.type != YAML_MAPPING_END_EVENT; count++) {
        TRY(check_count(events, field, count));
        TRY(check_key(events));
        TRY(remember_key(events, &seen));
        TRY(read_entry(events, field, wire));
        TRY(text_events_next(events));
    }
    return STATUS_OK;
}

static status_t read_field(struct text_events *events, const ProtobufCFieldDescriptor *field,
                           struct buf *wire)
{
    if (text_map_is(field)) {
        return read_map(events, field, field->name, wire);
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED && field->type != PROTOBUF_C_TYPE_BYTES
               ? read_list(events, field, wire)
               : read_value(events, field, wire);
}

static status_t say_unknown_key(struct text_events *events,
                                const ProtobufCMessageDescriptor *message)
{
    char shown[TEXT_EVENTS_SHOWN_MAX];
    (void)text_events_show(events, shown);
    const char *near = text_suggest_field(message, shown);
    return text_events_say(events, STATUS_INVALID, "YAML_UNKNOWN_KEY", "unknown key %s%s%s%s",
                           shown, near != NULL ? ": did you mean " : "", near != NULL ? near : "",
                           near != NULL ? "?" : "");
}

/* `seen` has a bit for each field already met. */
static status_t take_field(struct text_events *events, const ProtobufCMessageDescriptor *message,
                           const ProtobufCFieldDescriptor *field, uint64_t *seen)
{
    uint64_t bit = UINT64_C(1) << (field - message->fields);
    if ((*seen & bit) != 0) {
        return say_duplicate(events);
    }
    *seen |= bit;
    return STATUS_OK;
}

/* The field that the current event's key names. */
static status_t find_field(struct text_events *events, const ProtobufCMessageDescriptor *message,
                           uint64_t *seen, const ProtobufCFieldDescriptor **ret_field)
{
    TRY(check_key(events));
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        message, (const char *)text_events_scalar(events).data);
    if (field == NULL) {
        return say_unknown_key(events, message);
    }
    TRY(take_field(events, message, field, seen));
    *ret_field = field;
    return STATUS_OK;
}

/* SPEC.md §1.13: `nvs_encryption: {hmac: {key_block: 4}}`. */
static status_t read_detailed(struct text_events *events, const ProtobufCMessageDescriptor *message,
                              const ProtobufCFieldDescriptor *field, uint64_t *seen,
                              struct buf *wire)
{
    TRY(text_events_next(events));
    TRY(check_key(events));
    const ProtobufCFieldDescriptor *detail =
        text_shorthand_detail(message, field, (const char *)text_events_scalar(events).data);
    TRY(read_enum(events, field, wire));
    if (detail == NULL) {
        char shown[TEXT_EVENTS_SHOWN_MAX];
        return text_events_say(events, STATUS_INVALID, "YAML_TYPE",
                               "%s has nothing to add to %s: "
                               "write the word alone",
                               field->name, text_events_show(events, shown));
    }
    TRY(take_field(events, message, detail, seen));
    TRY(text_events_next(events));
    TRY(read_submessage(events, detail, wire));
    TRY(text_events_next(events));
    return expect(events, YAML_MAPPING_END_EVENT, field->name, "one word with its values");
}

static status_t read_message(struct text_events *events, const ProtobufCMessageDescriptor *message,
                             const char *what, struct buf *wire)
{
    uint64_t seen = 0;
    if (message->n_fields > FIELDS_MAX) {
        return STATUS_INTERNAL;
    }
    TRY(expect(events, YAML_MAPPING_START_EVENT, what, "a mapping of keys"));
    TRY(text_events_next(events));
    while (events->event.type != YAML_MAPPING_END_EVENT) {
        const ProtobufCFieldDescriptor *field = NULL;
        TRY(find_field(events, message, &seen, &field));
        TRY(text_events_next(events));
        TRY(events->event.type == YAML_MAPPING_START_EVENT &&
                    text_shorthand_has_details(message, field)
                ? read_detailed(events, message, field, &seen, wire)
                : read_field(events, field, wire));
        TRY(text_events_next(events));
    }
    return buf_status(wire);
}

status_t text_yaml_read(const char *name, struct span document,
                        const ProtobufCMessageDescriptor *descriptor,
                        ProtobufCMessage **ret_message, struct problem *problem)
{
    AUTO(text_events_done) struct text_events events = {0};
    AUTO(buf_done) struct buf wire = {.limit = WIRE_MAX};
    TRY(text_events_open(&events, name, document, problem));
    TRY(read_message(&events, descriptor, "the document", &wire));
    TRY(text_events_close(&events));
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, wire.size, wire.data);
    if (message == NULL) {
        return STATUS_NO_MEMORY; /* the bytes are ours: nothing else can be wrong with them */
    }
    *ret_message = message;
    return STATUS_OK;
}

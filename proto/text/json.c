#include "proto/text/json.h"

#include <inttypes.h>
#include <time.h>

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "proto/text/enum.h"
#include "proto/text/map.h"

/* Written straight into the caller's buffer, which is a secret one where the message holds secrets:
 * a JSON tree in between would leave copies of them on the heap. */

struct writer {
    struct buf *json;
    unsigned indent;
    unsigned level;
};

static void write_break(const struct writer *writer)
{
    if (writer->indent > 0) {
        buf_append_byte(writer->json, '\n');
        buf_append_fill(writer->json, ' ', (size_t)writer->indent * writer->level);
    }
}

static void write_open(struct writer *writer, uint8_t bracket)
{
    buf_append_byte(writer->json, bracket);
    writer->level++;
}

static void write_close(struct writer *writer, uint8_t bracket, bool empty)
{
    writer->level--;
    if (!empty) {
        write_break(writer);
    }
    buf_append_byte(writer->json, bracket);
}

/* In front of each element; *first tells whether a comma is due. */
static void write_separator(const struct writer *writer, bool *first)
{
    if (!*first) {
        buf_append_byte(writer->json, ',');
        if (writer->indent == 0) {
            buf_append_byte(writer->json, ' ');
        }
    }
    *first = false;
    write_break(writer);
}

/* RFC 8259 §7: quotation mark, backslash and control characters are escaped. */
static status_t write_text(const struct writer *writer, const char *text)
{
    if (!utf8_is_text(span_text(text))) {
        return STATUS_MALFORMED;
    }
    buf_append_byte(writer->json, '"');
    for (const char *p = text; *p != '\0'; p++) {
        uint8_t byte = (uint8_t)*p;
        if (byte == '"' || byte == '\\') {
            buf_append_byte(writer->json, '\\');
            buf_append_byte(writer->json, byte);
        } else if (byte == '\n') {
            buf_append_text(writer->json, "\\n");
        } else if (byte < 0x20 || byte == 0x7F) {
            buf_print(writer->json, "\\u%04x", byte);
        } else {
            buf_append_byte(writer->json, byte);
        }
    }
    buf_append_byte(writer->json, '"');
    return STATUS_OK;
}

static void write_base64(const struct writer *writer, const ProtobufCBinaryData *bytes)
{
    buf_append_byte(writer->json, '"');
    size_t size = 4 * ((bytes->len + 2) / 3);
    char *place = (char *)buf_extend(writer->json, size + 1); /* one more for the NUL */
    if (place != NULL) {
        base64_encode(span_make(bytes->data, bytes->len), place);
        writer->json->size--;
    }
    buf_append_byte(writer->json, '"');
}

static status_t write_enum(const struct writer *writer, const ProtobufCEnumDescriptor *descriptor,
                           int value)
{
    char name[TEXT_ENUM_NAME_MAX];
    if (!text_enum_name(descriptor, value, name)) {
        buf_print(writer->json, "%d", value);
        return STATUS_OK;
    }
    return write_text(writer, name);
}

/* RFC 3339, UTC, with as many decimals as are needed (protobuf.dev, "ProtoJSON"). */
static status_t write_timestamp(const struct writer *writer, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *fields = message->descriptor->fields;
    const uint8_t *base = (const uint8_t *)message;
    int64_t seconds;
    int32_t nanos;
    memcpy(&seconds, base + fields[0].offset, sizeof(seconds));
    memcpy(&nanos, base + fields[1].offset, sizeof(nanos));
    const time_t when = (time_t)seconds;
    struct tm parts;
    if (seconds < -INT64_C(62135596800) || seconds > INT64_C(253402300799) || nanos < 0 ||
        nanos > 999999999 || gmtime_r(&when, &parts) == NULL) {
        buf_print(writer->json, "\"%" PRId64 ".%09" PRId32 "\"", seconds, nanos);
        return STATUS_OK; /* no date says this: the raw numbers do */
    }
    buf_print(writer->json, "\"%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900,
              parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (nanos != 0) {
        buf_print(writer->json, ".%09" PRId32, nanos);
    }
    buf_append_text(writer->json, "Z\"");
    return STATUS_OK;
}

static status_t write_message(struct writer *writer, const ProtobufCMessage *message);

static status_t write_number(const struct writer *writer, const ProtobufCFieldDescriptor *field,
                             const void *place)
{
    union {
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
    } value;
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        memcpy(&value.i32, place, sizeof(value.i32));
        buf_print(writer->json, "%" PRId32, value.i32);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        memcpy(&value.u32, place, sizeof(value.u32));
        buf_print(writer->json, "%" PRIu32, value.u32);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        memcpy(&value.i64, place, sizeof(value.i64));
        buf_print(writer->json, "%" PRId64, value.i64);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        memcpy(&value.u64, place, sizeof(value.u64));
        buf_print(writer->json, "%" PRIu64, value.u64);
        return STATUS_OK;
    default: /* floating point: none of our messages has any */
        return STATUS_INVALID;
    }
}

static status_t write_submessage(struct writer *writer, const ProtobufCMessage *message)
{
    if (message == NULL) { /* a map's value that was left out */
        buf_append_text(writer->json, "{}");
        return STATUS_OK;
    }
    return strcmp(message->descriptor->name, "google.protobuf.Timestamp") == 0
               ? write_timestamp(writer, message)
               : write_message(writer, message);
}

static status_t write_value(struct writer *writer, const ProtobufCFieldDescriptor *field,
                            const void *place)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_BOOL: {
        protobuf_c_boolean value;
        memcpy(&value, place, sizeof(value));
        buf_append_text(writer->json, value != 0 ? "true" : "false");
        return STATUS_OK;
    }
    case PROTOBUF_C_TYPE_ENUM: {
        int value;
        memcpy(&value, place, sizeof(value));
        return write_enum(writer, field->descriptor, value);
    }
    case PROTOBUF_C_TYPE_STRING: {
        const char *value = *(const char *const *)place;
        return write_text(writer, value != NULL ? value : "");
    }
    case PROTOBUF_C_TYPE_BYTES:
        write_base64(writer, place);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_MESSAGE:
        return write_submessage(writer, *(const ProtobufCMessage *const *)place);
    default:
        return write_number(writer, field, place);
    }
}

/* Bytes of one element in the array of a repeated field. */
static size_t element_size(const ProtobufCFieldDescriptor *field)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(uint32_t);
    }
}

static status_t write_list(struct writer *writer, const ProtobufCFieldDescriptor *field,
                           const uint8_t *elements, size_t count)
{
    bool first = true;
    write_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        write_separator(writer, &first);
        TRY(write_value(writer, field, elements + i * element_size(field)));
    }
    write_close(writer, ']', count == 0);
    return STATUS_OK;
}

static status_t write_map(struct writer *writer, const ProtobufCMessage *const *entries,
                          size_t count)
{
    bool first = true;
    write_open(writer, '{');
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *fields = entries[i]->descriptor->fields;
        const uint8_t *entry = (const uint8_t *)entries[i];
        write_separator(writer, &first);
        TRY(write_value(writer, &fields[0], entry + fields[0].offset));
        buf_append_text(writer->json, ": ");
        TRY(write_value(writer, &fields[1], entry + fields[1].offset));
    }
    write_close(writer, '}', count == 0);
    return STATUS_OK;
}

/* Submessages that are not there, and members of a oneof that are not chosen, are left out. All
 * other fields are written, so that a script finds the same keys every time. */
static bool is_absent(const ProtobufCFieldDescriptor *field, const uint8_t *message)
{
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t chosen;
        memcpy(&chosen, message + field->quantifier_offset, sizeof(chosen));
        return chosen != field->id;
    }
    return field->label != PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE &&
           *(const void *const *)(const void *)(message + field->offset) == NULL;
}

static status_t write_field(struct writer *writer, const ProtobufCFieldDescriptor *field,
                            const uint8_t *message)
{
    const void *place = message + field->offset;
    buf_print(writer->json, "\"%s\": ", field->name);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        return write_value(writer, field, place);
    }
    size_t count;
    memcpy(&count, message + field->quantifier_offset, sizeof(count));
    if (text_map_is(field)) {
        return write_map(writer, *(const ProtobufCMessage *const *const *)place, count);
    }
    return write_list(writer, field, *(const uint8_t *const *)place, count);
}

static status_t write_message(struct writer *writer, const ProtobufCMessage *message)
{
    bool first = true;
    write_open(writer, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!is_absent(field, (const uint8_t *)message)) {
            write_separator(writer, &first);
            TRY(write_field(writer, field, (const uint8_t *)message));
        }
    }
    write_close(writer, '}', first);
    return STATUS_OK;
}

status_t text_json_write(const ProtobufCMessage *message, unsigned indent, struct buf *ret_json)
{
    struct writer writer = {ret_json, indent, 0};
    TRY(write_submessage(&writer, message));
    return buf_status(ret_json);
}

#include "proto/text/json.h"

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "proto/text/enum.h"
#include "proto/text/field.h"
#include "proto/text/map.h"
#include "proto/text/timestamp.h"

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

static status_t write_timestamp(const struct writer *writer, const ProtobufCMessage *message)
{
    char text[TEXT_TIMESTAMP_MAX];
    text_timestamp_print(message, text);
    buf_print(writer->json, "\"%s\"", text);
    return STATUS_OK;
}

static status_t write_message(struct writer *writer, const ProtobufCMessage *message);
static status_t write_repeated(struct writer *writer, const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message);

static status_t write_submessage(struct writer *writer, const ProtobufCMessage *message)
{
    if (message == NULL) { /* a map's value that was left out */
        buf_append_text(writer->json, "{}");
        return STATUS_OK;
    }
    const ProtobufCFieldDescriptor *map = text_map_alone(message->descriptor);
    if (map != NULL) {
        return write_repeated(writer, map, message);
    }
    return text_timestamp_is(message->descriptor) ? write_timestamp(writer, message)
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
        return text_field_number(field, place, writer->json);
    }
}

static status_t write_list(struct writer *writer, const ProtobufCFieldDescriptor *field,
                           const uint8_t *elements, size_t count)
{
    bool first = true;
    write_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        write_separator(writer, &first);
        TRY(write_value(writer, field, elements + i * text_field_size(field)));
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

static status_t write_repeated(struct writer *writer, const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message)
{
    size_t count = 0;
    const uint8_t *values = text_field_values(field, message, &count);
    return text_map_is(field)
               ? write_map(writer, (const ProtobufCMessage *const *)(const void *)values, count)
               : write_list(writer, field, values, count);
}

static status_t write_field(struct writer *writer, const ProtobufCFieldDescriptor *field,
                            const ProtobufCMessage *message)
{
    size_t count = 0;
    buf_print(writer->json, "\"%s\": ", field->name);
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? write_repeated(writer, field, message)
               : write_value(writer, field, text_field_values(field, message, &count));
}

static status_t write_message(struct writer *writer, const ProtobufCMessage *message)
{
    bool first = true;
    write_open(writer, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        /* all others are written, so that a script finds the same keys every time */
        if (!text_field_is_absent(field, message)) {
            write_separator(writer, &first);
            TRY(write_field(writer, field, message));
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

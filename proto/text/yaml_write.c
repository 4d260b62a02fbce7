#include "proto/text/yaml_write.h"

#include <ctype.h>
#include <strings.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "proto/text/enum.h"
#include "proto/text/field.h"
#include "proto/text/map.h"
#include "proto/text/timestamp.h"
#include "proto/text/visible.h"

enum { INDENT = 2 };

struct writer {
    struct buf *yaml;
    unsigned level;
};

/* SPEC.md 4.4: fields whose numbers people know in hexadecimal. */
static bool is_hexadecimal(const ProtobufCFieldDescriptor *field)
{
    static const char *const NAMES[] = {"vendor_id",         "product_id", "device_type",
                                        "manufacturer_code", "offset",     "size"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (field->type == PROTOBUF_C_TYPE_UINT32 && strcmp(field->name, NAMES[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* SPEC.md 4.3: plain only what is text to every reader of YAML. */
static bool is_plain(const char *text)
{
    static const char *const WORDS[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (strcasecmp(text, WORDS[i]) == 0) {
            return false;
        }
    }
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool blank_inside = c == ' ' && p[1] != '\0' && p[1] != ' ';
        if (c >= 0x80 || !(isalnum(c) || strchr("._/-", c) != NULL || blank_inside)) {
            return false;
        }
    }
    return isalpha((unsigned char)text[0]) != 0;
}

static status_t write_text(const struct writer *writer, const char *text)
{
    if (is_plain(text)) {
        buf_append_text(writer->yaml, text);
        return STATUS_OK;
    }
    buf_append_byte(writer->yaml, '"');
    TRY(text_visible_append(span_text(text), true, writer->yaml));
    buf_append_byte(writer->yaml, '"');
    return STATUS_OK;
}

static const char *string_at(const uint8_t *value)
{
    const char *text = *(const char *const *)(const void *)value;
    return text != NULL ? text : "";
}

static const ProtobufCMessage *message_at(const uint8_t *value)
{
    return *(const ProtobufCMessage *const *)(const void *)value;
}

/* What proto3 does not put on the wire either. */
static bool is_default(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    static const uint8_t ZEROES[sizeof(uint64_t)];
    size_t count = 0;
    const uint8_t *value = text_field_values(field, message, &count);
    if (text_field_is_absent(field, message)) {
        return true;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return count == 0;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return false;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return string_at(value)[0] == '\0';
    }
    return field->type == PROTOBUF_C_TYPE_BYTES
               ? ((const ProtobufCBinaryData *)(const void *)value)->len == 0
               : memcmp(value, ZEROES, text_field_size(field)) == 0;
}

static status_t write_scalar(const struct writer *writer, const ProtobufCFieldDescriptor *field,
                             const uint8_t *value)
{
    char name[TEXT_ENUM_NAME_MAX];
    uint32_t number = 0;
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return write_text(writer, string_at(value));
    case PROTOBUF_C_TYPE_BOOL:
        buf_append_text(writer->yaml, value[0] != 0 ? "true" : "false");
        return STATUS_OK;
    case PROTOBUF_C_TYPE_ENUM:
        memcpy(&number, value, sizeof(number));
        if (text_enum_name(field->descriptor, (int)number, name)) {
            buf_append_text(writer->yaml, name);
            return STATUS_OK;
        }
        break;
    default:
        break;
    }
    if (is_hexadecimal(field)) {
        memcpy(&number, value, sizeof(number));
        buf_print(writer->yaml, "0x%04X", number);
        return STATUS_OK;
    }
    return text_field_number(field, value, writer->yaml);
}

static void start_line(const struct writer *writer)
{
    buf_append_fill(writer->yaml, ' ', (size_t)INDENT * writer->level);
}

static void write_bytes(const struct writer *writer, const char *name,
                        const ProtobufCBinaryData *bytes)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    digest_sha256(span_make(bytes->data, bytes->len), digest);
    hex_encode(SPAN_OF(digest), text);
    start_line(writer);
    buf_print(writer->yaml, "# %s: %zu bytes, SHA-256 %s\n", name, bytes->len, text);
}

static void write_all_bytes(const struct writer *writer, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_BYTES && !is_default(field, message)) {
            size_t count = 0;
            const uint8_t *values = text_field_values(field, message, &count);
            const ProtobufCBinaryData *bytes = (const void *)values;
            for (size_t k = 0; k < count; k++) {
                write_bytes(writer, field->name, &bytes[k]);
            }
        }
    }
}

static status_t write_fields(struct writer *writer, const ProtobufCMessage *message, bool inside,
                             bool *ret_any);

/* Behind "key:" or "-": the rest of the line and what belongs below. In a list the first key stands
 * on the dash's own line. */
static status_t write_message(struct writer *writer, const ProtobufCMessage *message, bool in_list)
{
    bool any = false;
    size_t start = writer->yaml->size;
    if (message != NULL && text_timestamp_is(message->descriptor)) {
        char text[TEXT_TIMESTAMP_MAX];
        text_timestamp_print(message, text);
        buf_print(writer->yaml, " \"%s\"\n", text);
        return STATUS_OK;
    }
    buf_append_text(writer->yaml, in_list ? " " : "\n");
    writer->level++;
    if (message != NULL) {
        TRY(write_fields(writer, message, in_list, &any));
    }
    if (!any && !writer->yaml->failed) { /* a key needs a value: comments are none */
        writer->yaml->size = start;
        buf_append_text(writer->yaml, " {}\n");
    }
    if (message != NULL) {
        write_all_bytes(writer, message);
    }
    writer->level--;
    return STATUS_OK;
}

static status_t write_elements(struct writer *writer, const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message);

static status_t write_value(struct writer *writer, const ProtobufCFieldDescriptor *field,
                            const uint8_t *value, bool in_list)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCFieldDescriptor *map = text_map_alone(field->descriptor);
        return map != NULL && message_at(value) != NULL
                   ? write_elements(writer, map, message_at(value))
                   : write_message(writer, message_at(value), in_list);
    }
    buf_append_byte(writer->yaml, ' ');
    TRY(write_scalar(writer, field, value));
    buf_append_byte(writer->yaml, '\n');
    return STATUS_OK;
}

static status_t write_element(struct writer *writer, const ProtobufCFieldDescriptor *field,
                              const uint8_t *value)
{
    start_line(writer);
    if (!text_map_is(field)) {
        buf_append_byte(writer->yaml, '-');
        return write_value(writer, field, value, true);
    }
    const ProtobufCMessage *entry = message_at(value);
    const ProtobufCFieldDescriptor *fields = entry->descriptor->fields;
    const uint8_t *base = (const uint8_t *)entry;
    TRY(write_scalar(writer, &fields[0], base + fields[0].offset));
    buf_append_byte(writer->yaml, ':');
    return write_value(writer, &fields[1], base + fields[1].offset, false);
}

/* Behind "key:", on lines of their own. */
static status_t write_elements(struct writer *writer, const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message)
{
    size_t count = 0;
    const uint8_t *values = text_field_values(field, message, &count);
    buf_append_text(writer->yaml, count == 0 ? " {}\n" : "\n");
    writer->level++;
    for (size_t i = 0; i < count; i++) {
        TRY(write_element(writer, field, values + i * text_field_size(field)));
    }
    writer->level--;
    return STATUS_OK;
}

static status_t write_field(struct writer *writer, const ProtobufCFieldDescriptor *field,
                            const ProtobufCMessage *message)
{
    size_t count = 0;
    buf_print(writer->yaml, "%s:", field->name);
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? write_elements(writer, field, message)
               : write_value(writer, field, text_field_values(field, message, &count), false);
}

/* All but bytes. `inside`: the first key stands where the line is already. */
static status_t write_fields(struct writer *writer, const ProtobufCMessage *message, bool inside,
                             bool *ret_any)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_BYTES || is_default(field, message)) {
            continue;
        }
        if (*ret_any || !inside) {
            start_line(writer);
        }
        TRY(write_field(writer, field, message));
        *ret_any = true;
    }
    return STATUS_OK;
}

status_t text_yaml_write(const ProtobufCMessage *message, struct buf *ret_yaml)
{
    struct writer writer = {ret_yaml, 0};
    bool any = false;
    TRY(write_fields(&writer, message, false, &any));
    if (!any) {
        buf_append_text(ret_yaml, "{}\n");
    }
    write_all_bytes(&writer, message);
    return buf_status(ret_yaml);
}

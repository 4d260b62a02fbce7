#include "proto/text/walk.h"

#include <stdio.h>

#include "lib/base/utf8.h"
#include "proto/text/decode.h"
#include "proto/text/varint.h"

enum {
    FIELDS_MAX = 64, /* of one of our messages */
    FIELD_NUMBER_MAX = (1 << 29) - 1,
};

/* One message on the way down; the chain upwards is the path in complaints. */
struct level {
    const struct level *parent;
    const ProtobufCMessageDescriptor *message;
    const ProtobufCFieldDescriptor *field; /* being looked at; NULL between fields */
    unsigned depth;
    unsigned counts[FIELDS_MAX]; /* how often each field came */
};

struct walk {
    bool accept_unknown;
    struct problem *problem;
};

static void append_path(const struct level *level, char *path, size_t size)
{
    if (level->parent != NULL) {
        append_path(level->parent, path, size);
    }
    size_t used = strlen(path);
    if (level->field == NULL) {
        return;
    }
    const char *dot = used > 0 ? "." : "";
    if (level->field->label == PROTOBUF_C_LABEL_REPEATED) {
        unsigned index = level->counts[level->field - level->message->fields];
        (void)snprintf(path + used, size - used, "%s%s[%u]", dot, level->field->name,
                       index > 0 ? index - 1 : 0);
    } else {
        (void)snprintf(path + used, size - used, "%s%s", dot, level->field->name);
    }
}

static status_t refuse(const struct walk *walk, const struct level *level, status_t status,
                       const char *reason, const char *message)
{
    char path[PROBLEM_FIELD_MAX] = "";
    append_path(level, path, sizeof(path));
    return problem_say(walk->problem, status, reason, path, "%s: %s", level->message->short_name,
                       message);
}

static status_t malformed(const struct walk *walk, const struct level *level, const char *message)
{
    return refuse(walk, level, STATUS_MALFORMED, "MESSAGE_MALFORMED", message);
}

/* The wire type of a single value of the field. */
static unsigned wire_type_of(const ProtobufCFieldDescriptor *field)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

/* Takes one value off the front; length-prefixed values give their content, others their bytes. */
static bool take_value(struct span *bytes, unsigned wire_type, struct span *ret_value)
{
    struct span rest = *bytes;
    uint64_t number = 0;
    uint64_t size = 0;
    switch (wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        if (!text_varint_take(&rest, VARINT_64_MAX, &number)) {
            return false;
        }
        size = (uint64_t)(rest.data - bytes->data);
        rest = *bytes;
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        size = 8;
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        size = 4;
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        if (!text_varint_take(&rest, VARINT_32_MAX, &size)) {
            return false;
        }
        break;
    default: /* groups are history; 6 and 7 never were (SPEC.md 2.2) */
        return false;
    }
    if (size > rest.size) {
        return false;
    }
    *ret_value = span_make(rest.data, (size_t)size);
    *bytes = span_make(rest.data + size, rest.size - (size_t)size);
    return true;
}

static bool is_int32(uint64_t value)
{
    return value <= INT32_MAX || value >= UINT64_MAX - INT32_MAX;
}

/* A number that does not fit its field is refused rather than cut to its low bits (SPEC.md 2.5). */
static status_t check_number(const struct walk *walk, const struct level *level, struct span value)
{
    const ProtobufCFieldDescriptor *field = level->field;
    uint64_t number = 0;
    bool fits = text_varint_take(&value, VARINT_64_MAX, &number);
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        if (!is_int32(number) ||
            protobuf_c_enum_descriptor_get_value(field->descriptor, (int)(int64_t)number) == NULL) {
            return refuse(walk, level, STATUS_INVALID, "ENUM_UNKNOWN",
                          "the enum has no such value: use one of the .proto file");
        }
        return STATUS_OK;
    case PROTOBUF_C_TYPE_INT32:
        fits = fits && is_int32(number);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        fits = fits && number <= UINT32_MAX;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fits = fits && number <= 1;
        break;
    default:
        break;
    }
    return fits ? STATUS_OK : malformed(walk, level, "the number does not fit the field's type");
}

static status_t walk_message(const struct walk *walk, struct level *level, struct span bytes);

static status_t walk_submessage(const struct walk *walk, const struct level *level,
                                struct span bytes)
{
    struct level inner = {
        .parent = level, .message = level->field->descriptor, .depth = level->depth + 1};
    if (inner.depth > DECODE_DEPTH_MAX) {
        return refuse(walk, level, STATUS_TOO_LARGE, "MESSAGE_LIMIT", "nested too deep");
    }
    return walk_message(walk, &inner, bytes);
}

static status_t check_value(const struct walk *walk, const struct level *level, struct span value)
{
    switch ((int)level->field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return walk_submessage(walk, level, value);
    case PROTOBUF_C_TYPE_STRING:
        return utf8_is_text(value) ? STATUS_OK
                                   : refuse(walk, level, STATUS_INVALID, "TEXT_INVALID",
                                            "text is UTF-8 without NUL characters");
    default:
        return wire_type_of(level->field) == PROTOBUF_C_WIRE_TYPE_VARINT
                   ? check_number(walk, level, value)
                   : STATUS_OK;
    }
}

static status_t count_value(const struct walk *walk, struct level *level)
{
    const ProtobufCFieldDescriptor *field = level->field;
    unsigned count = ++level->counts[field - level->message->fields];
    if (field->label != PROTOBUF_C_LABEL_REPEATED && count > 1) { /* SPEC.md 2.4 */
        return malformed(walk, level, "the field is there twice");
    }
    if (count > DECODE_REPEATED_MAX) {
        return refuse(walk, level, STATUS_TOO_LARGE, "MESSAGE_LIMIT", "too many elements");
    }
    return STATUS_OK;
}

static status_t walk_packed(const struct walk *walk, struct level *level, struct span packed)
{
    while (packed.size > 0) {
        struct span value;
        TRY(count_value(walk, level));
        if (!take_value(&packed, wire_type_of(level->field), &value)) {
            return malformed(walk, level, "a packed number is cut off");
        }
        TRY(check_value(walk, level, value));
    }
    return STATUS_OK;
}

static status_t walk_field(const struct walk *walk, struct level *level, unsigned wire_type,
                           struct span value)
{
    unsigned wanted = wire_type_of(level->field);
    if (wire_type == wanted) {
        TRY(count_value(walk, level));
        return check_value(walk, level, value);
    }
    if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
        level->field->label == PROTOBUF_C_LABEL_REPEATED) {
        return walk_packed(walk, level, value);
    }
    return malformed(walk, level, "the field has another wire type");
}

static status_t take_tag(const struct walk *walk, const struct level *level, struct span *bytes,
                         uint32_t *ret_number, unsigned *ret_wire_type)
{
    uint64_t tag = 0;
    if (!text_varint_take(bytes, VARINT_32_MAX, &tag) || tag >> 3 == 0 ||
        tag >> 3 > FIELD_NUMBER_MAX) {
        return malformed(walk, level, "not a field number");
    }
    *ret_number = (uint32_t)(tag >> 3);
    *ret_wire_type = (unsigned)(tag & 7);
    return STATUS_OK;
}

static status_t walk_message(const struct walk *walk, struct level *level, struct span bytes)
{
    if (level->message->n_fields > FIELDS_MAX) {
        return STATUS_INTERNAL;
    }
    while (bytes.size > 0) {
        uint32_t number = 0;
        unsigned wire_type = 0;
        struct span value;
        level->field = NULL;
        TRY(take_tag(walk, level, &bytes, &number, &wire_type));
        level->field = protobuf_c_message_descriptor_get_field(level->message, number);
        if (!take_value(&bytes, wire_type, &value)) {
            return malformed(walk, level, "a value is cut off or of no known wire type");
        }
        if (level->field != NULL) {
            TRY(walk_field(walk, level, wire_type, value));
        } else if (!walk->accept_unknown) {
            char message[64];
            (void)snprintf(message, sizeof(message), "no field has number %u", number);
            return refuse(walk, level, STATUS_INVALID, "FIELD_UNKNOWN", message);
        }
    }
    return STATUS_OK;
}

status_t text_walk(const ProtobufCMessageDescriptor *descriptor, struct span bytes,
                   bool accept_unknown, struct problem *problem)
{
    const struct walk walk = {accept_unknown, problem};
    struct level top = {.message = descriptor, .depth = 1};
    return walk_message(&walk, &top, bytes);
}

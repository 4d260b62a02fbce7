#include "proto/text/field.h"

#include <inttypes.h>

size_t text_field_size(const ProtobufCFieldDescriptor *field)
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

bool text_field_is_absent(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t chosen;
        memcpy(&chosen, base + field->quantifier_offset, sizeof(chosen));
        return chosen != field->id;
    }
    return field->label != PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE &&
           *(const void *const *)(const void *)(base + field->offset) == NULL;
}

const uint8_t *text_field_values(const ProtobufCFieldDescriptor *field,
                                 const ProtobufCMessage *message, size_t *ret_count)
{
    const uint8_t *base = (const uint8_t *)message;
    const void *place = base + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        *ret_count = 1;
        return place;
    }
    memcpy(ret_count, base + field->quantifier_offset, sizeof(*ret_count));
    return *(const uint8_t *const *)place;
}

status_t text_field_number(const ProtobufCFieldDescriptor *field, const void *place,
                           struct buf *ret_text)
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
    case PROTOBUF_C_TYPE_ENUM:
        memcpy(&value.i32, place, sizeof(value.i32));
        buf_print(ret_text, "%" PRId32, value.i32);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        memcpy(&value.u32, place, sizeof(value.u32));
        buf_print(ret_text, "%" PRIu32, value.u32);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        memcpy(&value.i64, place, sizeof(value.i64));
        buf_print(ret_text, "%" PRId64, value.i64);
        return STATUS_OK;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        memcpy(&value.u64, place, sizeof(value.u64));
        buf_print(ret_text, "%" PRIu64, value.u64);
        return STATUS_OK;
    default: /* floating point: none of our messages has any */
        return STATUS_INVALID;
    }
}

/* A field's place in a message, for those who write messages as text. */
#ifndef MINTMARK_PROTO_TEXT_FIELD_H
#define MINTMARK_PROTO_TEXT_FIELD_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* Bytes of one element in the array of a repeated field. */
size_t text_field_size(const ProtobufCFieldDescriptor *field);

/* A submessage that is not there, or a member of a oneof that is not chosen. */
bool text_field_is_absent(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message);

/* The place of the field's value; of the first element of `ret_count` ones for a repeated field. */
const uint8_t *text_field_values(const ProtobufCFieldDescriptor *field,
                                 const ProtobufCMessage *message, size_t *ret_count);

/* Appends an integer, or an enum's number, in decimal. STATUS_INVALID for what is no integer. */
MUST_USE status_t text_field_number(const ProtobufCFieldDescriptor *field, const void *place,
                                    struct buf *ret_text);

#endif

/* Messages that YAML may write as a single text. */
#ifndef MINTMARK_PROTO_TEXT_SHORTHAND_H
#define MINTMARK_PROTO_TEXT_SHORTHAND_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* The field that a scalar stands for where the message is expected: its field 1 when that is a text
 * named `label`; else NULL. */
const ProtobufCFieldDescriptor *text_shorthand_label(const ProtobufCMessageDescriptor *message);

/* The message that says more of one value of an enum: of a field `nvs_encryption` and the value
 * `hmac` the message's field `nvs_hmac`; NULL: there is none. */
const ProtobufCFieldDescriptor *text_shorthand_detail(const ProtobufCMessageDescriptor *message,
                                                      const ProtobufCFieldDescriptor *field,
                                                      const char *value);

/* Whether any value of the enum has one. */
bool text_shorthand_has_details(const ProtobufCMessageDescriptor *message,
                                const ProtobufCFieldDescriptor *field);

#endif

/* Messages that YAML may write as a single text. */
#ifndef MINTMARK_PROTO_TEXT_SHORTHAND_H
#define MINTMARK_PROTO_TEXT_SHORTHAND_H

#include <protobuf-c/protobuf-c.h>

/* The field that a scalar stands for where the message is expected: its field 1 when that is a text
 * named `label`; else NULL. */
const ProtobufCFieldDescriptor *text_shorthand_label(const ProtobufCMessageDescriptor *message);

#endif

/* "did you mean": the known word nearest to one that was mistyped. */
#ifndef MINTMARK_PROTO_TEXT_SUGGEST_H
#define MINTMARK_PROTO_TEXT_SUGGEST_H

#include <protobuf-c/protobuf-c.h>

/* The field of the message whose name is nearest to `key`, or NULL when none is near enough to be
 * meant. */
const char *text_suggest_field(const ProtobufCMessageDescriptor *descriptor, const char *key);

#endif

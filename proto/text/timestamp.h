/* google.protobuf.Timestamp as text. */
#ifndef MINTMARK_PROTO_TEXT_TIMESTAMP_H
#define MINTMARK_PROTO_TEXT_TIMESTAMP_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

enum { TEXT_TIMESTAMP_MAX = 40 };

bool text_timestamp_is(const ProtobufCMessageDescriptor *descriptor);

/* RFC 3339, UTC, with nine decimals when not whole seconds (protobuf.dev, "ProtoJSON"); what no
 * date says, as "seconds.nanos". */
void text_timestamp_print(const ProtobufCMessage *timestamp,
                          char ret_text[static TEXT_TIMESTAMP_MAX]);

#endif

/* protobuf message → JSON (the --json of the tools): field names as in the .proto, enums as in
 * YAML, bytes as base64, 64-bit integers as numbers, Timestamps as RFC 3339. */
#ifndef MINTMARK_PROTO_TEXT_JSON_H
#define MINTMARK_PROTO_TEXT_JSON_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* Appends one object; `indent` spaces a level, 0 for one line. Submessages that are absent are left
 * out, all other fields are written. STATUS_MALFORMED for text that is not UTF-8. */
MUST_USE status_t text_json_write(const ProtobufCMessage *message, unsigned indent,
                                  struct buf *ret_json);

#endif

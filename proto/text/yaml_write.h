/* protobuf message → YAML, as text_yaml_read reads it and as a person wants to see it. */
#ifndef MINTMARK_PROTO_TEXT_YAML_WRITE_H
#define MINTMARK_PROTO_TEXT_YAML_WRITE_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* Appends a document, one value a line, without the fields that have their default value (SPEC.md
 * §4). Nothing is hidden: bytes, which YAML cannot hold, become a comment with their size and
 * SHA-256. Reading the document gives the same message but for bytes, Timestamps and enum values
 * without a name. STATUS_MALFORMED for text that is not UTF-8. */
MUST_USE status_t text_yaml_write(const ProtobufCMessage *message, struct buf *ret_yaml);

#endif

/* YAML → protobuf message, by descriptor. */
#ifndef MINTMARK_PROTO_TEXT_YAML_H
#define MINTMARK_PROTO_TEXT_YAML_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

enum {
    TEXT_YAML_MAX = 1024 * 1024, /* bytes of one document */
    TEXT_YAML_DEPTH_MAX = 16,
    TEXT_YAML_NODES_MAX = 20000,
    TEXT_YAML_REPEATED_MAX = 1024, /* elements of one list or map: what decode_message accepts */
};

/* Reads exactly one document into a new message (free it with protobuf_c_message_free_unpacked and
 * the default allocator). Keys are field names. Rules:
 *   - refused: aliases, anchors, tags, second documents, duplicate or unknown keys, null values;
 *   - numbers are wholly decimal without leading zeros, or 0x hex, and in the field's range;
 *     booleans are true or false;
 *   - an enum is the value's name without the enum's prefix, lower case, '-' for '_'
 *     ("user-intent"); the UNSPECIFIED value cannot be written;
 *   - map<string, X> is a mapping; a repeated field is a sequence; bytes fields cannot be written.
 * The problem's field is "name:line:column". `name` is what errors call the file. */
MUST_USE status_t text_yaml_read(const char *name, struct span document,
                                 const ProtobufCMessageDescriptor *descriptor,
                                 ProtobufCMessage **ret_message, struct problem *problem);

#endif

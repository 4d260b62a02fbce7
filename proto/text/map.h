/* protoc makes `map<string, X> pais` a repeated message PaisEntry {key = 1, value = 2}
 * (protobuf.dev, "Encoding": maps). */
#ifndef MINTMARK_PROTO_TEXT_MAP_H
#define MINTMARK_PROTO_TEXT_MAP_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* Whether the field is such a map. */
bool text_map_is(const ProtobufCFieldDescriptor *field);

/* The map that is all a message has, or NULL. A map's value cannot be a map (protobuf.dev, "Maps"),
 * so one inside another needs a message in between; in text it is written as that map alone. */
const ProtobufCFieldDescriptor *text_map_alone(const ProtobufCMessageDescriptor *message);

#endif

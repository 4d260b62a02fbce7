/* The look at wire bytes before anything is built from them (SPEC.md §2). */
#ifndef MINTMARK_PROTO_TEXT_WALK_H
#define MINTMARK_PROTO_TEXT_WALK_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* The refusals of decode_message (decode.h), without building the message. */
MUST_USE status_t text_walk(const ProtobufCMessageDescriptor *descriptor, struct span bytes,
                            bool accept_unknown, struct problem *problem);

#endif

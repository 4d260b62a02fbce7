/* Wire bytes → message, for bytes from a peer: a walk by descriptor first, then protobuf-c into a
 * capped arena that is wiped whole. */
#ifndef MINTMARK_PROTO_TEXT_DECODE_H
#define MINTMARK_PROTO_TEXT_DECODE_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

enum {
    DECODE_DEPTH_MAX = 8,
    DECODE_REPEATED_MAX = 1024, /* elements of one repeated field */
};

/* Memory for decoded messages; made once, used for one message at a time. Secret. */
struct decode_arena;
MUST_USE status_t decode_arena_new(size_t size, struct decode_arena **ret_arena);
void decode_arena_free(struct decode_arena *arena);
OWN_POINTER(struct decode_arena, decode_arena_free)
/* Wipes; every message decoded into it is gone. */
void decode_arena_wipe(struct decode_arena *arena);

/* Refuses, with the field's path: truncated bytes, wrong wire types, unknown fields, text that is
 * not UTF-8 or holds a NUL, enum values not listed, numbers too large for their field, singular
 * fields given twice, over-long lists, depth. The message lives until the arena is wiped; do not
 * free it. `accept_unknown` is for clients reading a newer server's answers: unknown fields are
 * then skipped. */
MUST_USE status_t decode_message(struct decode_arena *arena,
                                 const ProtobufCMessageDescriptor *descriptor, struct span bytes,
                                 bool accept_unknown, const ProtobufCMessage **ret_message,
                                 struct problem *problem);

#endif

/* The memory behind decode_message: one secret mapping, handed out piece by piece from its start
 * and taken back only as a whole. */
#ifndef MINTMARK_PROTO_TEXT_ARENA_H
#define MINTMARK_PROTO_TEXT_ARENA_H

#include <protobuf-c/protobuf-c.h>

#include "proto/text/decode.h"

/* What protobuf-c allocates with; valid as long as the arena. Freeing does nothing. */
ProtobufCAllocator *decode_arena_allocator(struct decode_arena *arena);

/* Bytes handed out so far; giving them back wipes everything handed out after that point. */
size_t decode_arena_mark(const struct decode_arena *arena);
void decode_arena_release(struct decode_arena *arena, size_t mark);

/* Whether an allocation has failed since the arena was last wiped. */
bool decode_arena_is_full(const struct decode_arena *arena);

#endif

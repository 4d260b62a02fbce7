#include "proto/text/decode.h"

#include "proto/text/arena.h"
#include "proto/text/walk.h"

status_t decode_message(struct decode_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                        struct span bytes, bool accept_unknown,
                        const ProtobufCMessage **ret_message, struct problem *problem)
{
    TRY(text_walk(descriptor, bytes, accept_unknown, problem));
    size_t mark = decode_arena_mark(arena);
    const ProtobufCMessage *message = protobuf_c_message_unpack(
        descriptor, decode_arena_allocator(arena), bytes.size, bytes.data);
    if (message != NULL) {
        *ret_message = message;
        return STATUS_OK;
    }
    decode_arena_release(arena, mark);
    if (decode_arena_is_full(arena)) {
        return problem_say(problem, STATUS_TOO_LARGE, "MESSAGE_LIMIT", "",
                           "%s: the message needs more memory than one call may use",
                           descriptor->short_name);
    }
    return problem_say(problem, STATUS_MALFORMED, "MESSAGE_MALFORMED", "",
                       "%s: the bytes are not a message", descriptor->short_name);
}

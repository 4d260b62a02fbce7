#include "proto/wire/deframer.h"

void wire_deframer_init(struct wire_deframer *deframer, struct buf *message, size_t limit)
{
    *deframer = (struct wire_deframer){.message = message, .limit = limit};
}

static status_t check_prefix(struct wire_deframer *deframer, struct problem *problem)
{
    const uint8_t *p = deframer->prefix;
    deframer->expected = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | (size_t)p[4];
    if (p[0] == 1 && deframer->other_encoding) {
        return problem_say(problem, STATUS_UNIMPLEMENTED, "COMPRESSION", "",
                           "compressed messages are not offered: send identity");
    }
    if (p[0] != 0) { /* SPEC.md §3.2: 1 without grpc-encoding, or no flag at all */
        return problem_say(problem, STATUS_INTERNAL, "MESSAGE_FLAG", "",
                           "the message's compression flag is %u without a grpc-encoding", p[0]);
    }
    if (deframer->expected > deframer->limit) {
        return problem_say(problem, STATUS_EXHAUSTED, "MESSAGE_TOO_LARGE", "",
                           "the message has %zu bytes, the limit is %zu", deframer->expected,
                           deframer->limit);
    }
    return STATUS_OK;
}

status_t wire_deframer_push(struct wire_deframer *deframer, struct span bytes,
                            struct problem *problem)
{
    while (bytes.size > 0 && deframer->prefix_size < WIRE_PREFIX_SIZE) {
        deframer->prefix[deframer->prefix_size++] = *bytes.data;
        bytes = span_make(bytes.data + 1, bytes.size - 1);
        if (deframer->prefix_size == WIRE_PREFIX_SIZE) {
            TRY(check_prefix(deframer, problem));
        }
    }
    if (bytes.size == 0) {
        return STATUS_OK;
    }
    if (bytes.size > deframer->expected - deframer->message->size) { /* SPEC.md §3.4 */
        return problem_say(problem, STATUS_UNIMPLEMENTED, "MORE_THAN_ONE_MESSAGE", "",
                           "a unary call carries exactly one message");
    }
    buf_append_span(deframer->message, bytes);
    if (deframer->message->failed) {
        return problem_say(problem, STATUS_NO_MEMORY, "NO_MEMORY", "", "out of memory");
    }
    return STATUS_OK;
}

status_t wire_deframer_end(const struct wire_deframer *deframer, struct problem *problem)
{
    if (deframer->prefix_size < WIRE_PREFIX_SIZE ||
        deframer->message->size < deframer->expected) { /* SPEC.md §3.4 */
        return problem_say(problem, STATUS_INTERNAL, "MESSAGE_INCOMPLETE", "",
                           "the stream ended before one whole message");
    }
    return STATUS_OK;
}

void wire_deframer_prefix(size_t message_size, uint8_t ret_prefix[static WIRE_PREFIX_SIZE])
{
    ret_prefix[0] = 0;
    ret_prefix[1] = (uint8_t)(message_size >> 24);
    ret_prefix[2] = (uint8_t)(message_size >> 16);
    ret_prefix[3] = (uint8_t)(message_size >> 8);
    ret_prefix[4] = (uint8_t)message_size;
}

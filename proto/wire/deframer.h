/* gRPC messages in DATA bytes: one byte flag, four bytes length, the message; split anywhere
 * (SPEC.md §3). A unary call carries exactly one. */
#ifndef MINTMARK_PROTO_WIRE_DEFRAMER_H
#define MINTMARK_PROTO_WIRE_DEFRAMER_H

#include "lib/base/buf.h"

enum { WIRE_PREFIX_SIZE = 5 };

struct wire_deframer {
    struct buf *message; /* borrowed; gets the message's bytes */
    size_t limit;        /* of the message */
    size_t expected;     /* known once prefix_size is 5 */
    uint8_t prefix[WIRE_PREFIX_SIZE];
    size_t prefix_size;
    bool other_encoding; /* grpc-encoding named something other than identity */
};

/* Borrows the message buf, whose own limit must not be below `limit`. */
void wire_deframer_init(struct wire_deframer *deframer, struct buf *message, size_t limit);

/* Takes the next bytes. Refuses as soon as the prefix is read: STATUS_EXHAUSTED over the limit,
 * STATUS_UNIMPLEMENTED for a compressed or a second message, STATUS_INTERNAL for a flag that does
 * not fit. */
MUST_USE status_t wire_deframer_push(struct wire_deframer *deframer, struct span bytes,
                                     struct problem *problem);

/* The stream has ended: STATUS_INTERNAL unless exactly one whole message came. */
MUST_USE status_t wire_deframer_end(const struct wire_deframer *deframer, struct problem *problem);

/* The prefix of an uncompressed message. */
void wire_deframer_prefix(size_t message_size, uint8_t ret_prefix[static WIRE_PREFIX_SIZE]);

#endif

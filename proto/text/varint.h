/* The numbers of the protobuf wire format (protobuf.dev, "Encoding": base 128 varints, tags). */
#ifndef MINTMARK_PROTO_TEXT_VARINT_H
#define MINTMARK_PROTO_TEXT_VARINT_H

#include "lib/base/buf.h"

enum {
    VARINT_64_MAX = 10, /* bytes of the longest 64-bit varint */
    VARINT_32_MAX = 5,  /* of a tag or a length */
};

void text_varint_append(struct buf *buf, uint64_t value);

/* Takes one varint of at most `size_max` bytes from the front of *bytes; false when it is cut off,
 * longer, or does not fit 64 bits. */
bool text_varint_take(struct span *bytes, size_t size_max, uint64_t *ret_value);

#endif

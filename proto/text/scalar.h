/* Text → the value of a number or boolean, in the only spellings a configuration may use. */
#ifndef MINTMARK_PROTO_TEXT_SCALAR_H
#define MINTMARK_PROTO_TEXT_SCALAR_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

/* SPEC.md 1.6. Integer types (int32, int64, uint32, uint64) only. Wholly decimal without leading
 * zeros, or 0x and one to sixteen hex digits; '-' before decimals of signed types. STATUS_INVALID
 * for any other text, STATUS_TOO_LARGE when outside the type's range. *ret_wire is the varint's
 * value: negative numbers are sign extended to 64 bits (protobuf.dev, "Encoding": signed integers).
 */
MUST_USE status_t text_scalar_integer(ProtobufCType type, struct span text, uint64_t *ret_wire);

/* SPEC.md 1.7: "true" or "false", nothing else. */
MUST_USE status_t text_scalar_boolean(struct span text, uint64_t *ret_wire);

/* "a number from 0 to 4294967295" */
const char *text_scalar_range(ProtobufCType type);

#endif

/* google.rpc.Status, the error model that travels in grpc-status-details-bin: a problem with its
 * ErrorInfo reason, BadRequest field and RetryInfo delay, to and from bytes (SPEC.md §4.3). */
#ifndef MINTMARK_PROTO_WIRE_DETAILS_H
#define MINTMARK_PROTO_WIRE_DETAILS_H

#include "lib/base/buf.h"

enum { WIRE_DETAILS_MAX = 4096 }; /* trailers must stay below 8 KiB, base64 adds a third */

/* Appends the serialized Status of the problem: code status_grpc_code(problem->status), domain
 * "mintmark". `retry_ms` 0: no RetryInfo; a problem without field: no BadRequest. */
MUST_USE status_t wire_details_write(const struct problem *problem, uint32_t retry_ms,
                                     struct buf *ret_bytes);

/* Reads a Status of any server; what it does not hold is left empty or 0. The texts are made safe
 * for a terminal. STATUS_MALFORMED when the bytes are no Status or over WIRE_DETAILS_MAX. */
MUST_USE status_t wire_details_read(struct span bytes, int *ret_code, struct problem *ret_problem,
                                    uint32_t *ret_retry_ms);

#endif

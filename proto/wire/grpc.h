/* How gRPC writes its values in HTTP/2 headers: timeout, status, message, binary metadata
 * (SPEC.md §2 and §4). Shared by server and client; knows no socket. */
#ifndef MINTMARK_PROTO_WIRE_GRPC_H
#define MINTMARK_PROTO_WIRE_GRPC_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    WIRE_GRPC_CODES = 17,
    WIRE_GRPC_DEADLINE = 4, /* the codes this layer itself gives (SPEC.md §4) */
    WIRE_GRPC_UNAVAILABLE = 14,
    WIRE_GRPC_MESSAGE_MAX = 3 * 400 + 1, /* PROBLEM_MESSAGE_MAX, each byte percent-encoded */
    WIRE_GRPC_TIMEOUT_MAX = 12,          /* places for a printed grpc-timeout */
};

/* "OK", "CANCELLED", …; "UNKNOWN" for what is not a code. */
const char *wire_grpc_code_name(int code);

/* grpc-timeout: 1..8 digits and one of H M S m u n. Microseconds, rounded up. STATUS_MALFORMED. */
MUST_USE status_t wire_grpc_timeout_parse(struct span text, uint64_t *ret_us);
void wire_grpc_timeout_print(uint32_t milliseconds, char ret_text[static WIRE_GRPC_TIMEOUT_MAX]);

/* grpc-status: a decimal without leading zero, 0..16. STATUS_MALFORMED. */
MUST_USE status_t wire_grpc_status_parse(struct span text, int *ret_code);

/* "application/grpc", alone or followed by "+proto" or a parameter. */
bool wire_grpc_content_type_fits(struct span text);

/* grpc-message: percent-encodes what is not printable ASCII, and '%'. Appends. */
void wire_grpc_message_encode(const char *text, struct buf *ret_text);

/* Never fails: a '%' that starts no escape stands for itself. The result is cut to `size` with its
 * NUL and made safe for a terminal (utf8_clean). */
void wire_grpc_message_decode(struct span text, char *ret_text, size_t size);

/* Values of "-bin" metadata: base64, written without padding, read with or without. Append. */
void wire_grpc_binary_encode(struct span bytes, struct buf *ret_text);
MUST_USE status_t wire_grpc_binary_decode(struct span text, struct buf *ret_bytes);

/* What a client makes of an answer without grpc-status (SPEC.md §5). */
int wire_grpc_code_of_reset(uint32_t http2_error);
int wire_grpc_code_of_http(int http_status);

#endif

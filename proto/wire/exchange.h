/* One unary call of the client on an HTTP/2 session: what is sent, and what has come back so far
 * (SPEC.md §2, §4, §5). Loop-free; client.c moves the bytes. */
#ifndef MINTMARK_PROTO_WIRE_EXCHANGE_H
#define MINTMARK_PROTO_WIRE_EXCHANGE_H

#include "proto/wire/deframer.h"
#include "proto/wire/details.h"
#include "proto/wire/grpc.h"
#include "proto/wire/link.h"

enum {
    WIRE_EXCHANGE_MESSAGE_MAX = 4096 * 1024, /* of an answer: the gRPC default */
    WIRE_EXCHANGE_RETRY_MS = 500,            /* where the server gave no hint */
};

struct wire_exchange {
    struct wire_body body;
    struct wire_deframer deframer;
    struct buf details;
    struct problem refusal; /* what we found wrong with the answer; status OK when nothing */
    char message[PROBLEM_MESSAGE_MAX];
    int32_t stream_id;
    int http_status;
    int grpc_status; /* -1 until it came */
    uint32_t http2_error;
    bool content_type_fits;
    bool unprocessed; /* the server says that it did nothing with this call */
    bool closed;
};

struct wire_request {
    const char *authority;
    const char *path;
    struct span message; /* borrowed until the exchange is closed */
    uint32_t timeout_ms;
};

/* The session's client callbacks; the link's owner is a struct wire_exchange *, or NULL between
 * calls. */
MUST_USE status_t wire_exchange_session(struct wire_link *link);

/* Submits the request. ret_message gets the answer's message. */
MUST_USE status_t wire_exchange_start(struct wire_exchange *exchange, struct wire_link *link,
                                      const struct wire_request *request, struct buf *ret_message);
void wire_exchange_done(struct wire_exchange *exchange); /* accepts a zeroed struct */
OWN_VALUE(struct wire_exchange, wire_exchange_done)

/* Closed: what it came to. */
MUST_USE status_t wire_exchange_result(struct wire_exchange *exchange, uint32_t *ret_retry_ms,
                                       struct problem *problem);

#endif

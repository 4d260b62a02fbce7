/* A gRPC client for unary calls over mutual TLS 1.3, blocking. */
#ifndef MINTMARK_PROTO_WIRE_CLIENT_H
#define MINTMARK_PROTO_WIRE_CLIENT_H

#include "lib/base/buf.h"

struct wire_client;

/* Paths of PEM files; the server's name is checked against its certificate. */
struct wire_client_config {
    const char *server; /* "host:port" */
    const char *certificate;
    const char *key; /* opened by file_open_secret's rules */
    const char *ca;
    const char *server_name; /* NULL: the host of `server` */
    uint32_t timeout_ms;     /* per call, connect included; sent as grpc-timeout */
};

MUST_USE status_t wire_client_open(const struct wire_client_config *config,
                                   struct wire_client **ret_client, struct problem *problem);
void wire_client_close(struct wire_client *client);
OWN_POINTER(struct wire_client, wire_client_close)

/* One unary call; connects when needed. On a gRPC error the problem holds its message, ErrorInfo
 * reason and BadRequest field, and the status is status_from_grpc's. *ret_retry_ms is 0, or how
 * long to wait before trying again where the status allows (connection failures, UNAVAILABLE,
 * refused streams). ret_message is a secret buf of the caller. */
MUST_USE status_t wire_client_call(struct wire_client *client, const char *path,
                                   struct span request, struct buf *ret_message,
                                   uint32_t *ret_retry_ms, struct problem *problem);

#endif

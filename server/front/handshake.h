/* The beginning of a connection: TLS, ALPN, the client's identity, the HTTP/2 session. */
#ifndef MINTMARK_SERVER_FRONT_HANDSHAKE_H
#define MINTMARK_SERVER_FRONT_HANDSHAKE_H

#include "server/front/connection.h"

/* One step. STATUS_OK with connection->handshaking still set: wait for the socket. Any failure is
 * logged, and the end of the connection. */
MUST_USE status_t front_handshake_step(struct front_connection *connection);

/* One line, within a budget. `why` NULL: what TLS says. */
void front_handshake_log_failure(struct front_connection *connection, const char *why);

#endif

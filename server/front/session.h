/* The HTTP/2 session of a connection: settings, and nghttp2's callbacks turned into calls. */
#ifndef MINTMARK_SERVER_FRONT_SESSION_H
#define MINTMARK_SERVER_FRONT_SESSION_H

#include "server/front/connection.h"

/* Makes connection->link.session and submits its settings. */
MUST_USE status_t front_session_open(struct front_connection *connection);

/* The two GOAWAYs of a drain: the first says that one will come, with a PING to learn when the
 * client has seen it; the second names the last call that is served. */
void front_session_announce_end(struct front_connection *connection);
void front_session_end(struct front_connection *connection);

#endif

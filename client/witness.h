/* Every station is a witness: it keeps the last checkpoint of its server's log and lets the server
 * prove, each time, that the log only grew. */
#ifndef MINTMARK_CLIENT_WITNESS_H
#define MINTMARK_CLIENT_WITNESS_H

#include "proto/wire/client.h"

/* Asks for the newest checkpoint on this connection and holds it against the one kept in `folder`
 * (NULL: one for each server below $XDG_STATE_HOME or ~/.local/state), then keeps it. One process
 * at a time for a folder.
 *
 * STATUS_DATA_LOSS when the server cannot prove it: LOG_REWRITTEN, LOG_SHORTENED, LOG_KEY_CHANGED.
 * What was kept stays, and what the server said lies beside it as evidence. A server without a log
 * is fine as long as none was seen there before. */
MUST_USE status_t witness_look(struct wire_client *client, const char *server, const char *folder,
                               struct problem *problem);

#endif

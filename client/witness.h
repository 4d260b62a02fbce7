/* Every station is a witness: it keeps the last checkpoint of its server's log and lets the server
 * prove, each time, that the log only grew. */
#ifndef MINTMARK_CLIENT_WITNESS_H
#define MINTMARK_CLIENT_WITNESS_H

#include <limits.h>

#include "client/issuance.h"
#include "proto/wire/client.h"

/* A proof that a call has brought. Borrows. */
struct witness_proof {
    const char *text; /* C2SP tlog-proof with the entry as extra data */
    const struct issuance *issuance;
    char file[PATH_MAX]; /* set: where it is kept; "": nowhere, there is no home for it */
};

/* Asks for the newest checkpoint on this connection and holds it against the one kept in `folder`
 * (NULL: one for each server below $XDG_STATE_HOME or ~/.local/state), then keeps it. One process
 * at a time for a folder.
 *
 * `proof` (NULL: none) is held against the same key and tree and against the unit, and kept too:
 * proofs/RECORD.tlog-proof.
 *
 * STATUS_DATA_LOSS when the server cannot prove it: LOG_REWRITTEN, LOG_SHORTENED, LOG_KEY_CHANGED,
 * PROOF_WRONG, ISSUANCE_OTHER.
 * What was kept stays, and what the server said lies beside it as evidence. A server without a log
 * is fine as long as none was seen there before. */
MUST_USE status_t witness_look(struct wire_client *client, const char *server, const char *folder,
                               struct witness_proof *proof, struct problem *problem);

#endif

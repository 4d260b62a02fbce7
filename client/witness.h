/* Every station is a witness: it keeps the last checkpoint of its server's log and lets the server
 * prove, each time, that the log only grew. */
#ifndef MINTMARK_CLIENT_WITNESS_H
#define MINTMARK_CLIENT_WITNESS_H

#include <limits.h>

#include "client/issuance.h"
#include "lib/tlog/checkpoint.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/wire/client.h"

/* Where the newest checkpoint comes from. */
struct witness_source {
    void *context;
    /* The answer, which the source keeps: with consistency from the two sizes (0: none asked). */
    status_t (*ask)(void *context, uint64_t known_size, uint64_t other_size,
                    const Mintmark__V1__LogCheckpoint **ret_answer, struct problem *problem);
};

/* What was seen, and proven to extend what was kept. */
struct witness_seen {
    struct tlog_key key;
    struct tlog_checkpoint newest;
};

/* A proof that a call has brought. Borrows. */
struct witness_proof {
    const char *text; /* C2SP tlog-proof with the entry as extra data */
    const struct issuance *issuance;
    char file[PATH_MAX]; /* where it is kept, once it was checked */
};

/* Whether there is a place to keep it: `folder`; NULL: one for each server below $XDG_STATE_HOME or
 * ~/.local/state. STATUS_USAGE WITNESS_HOME. */
MUST_USE status_t witness_check_home(const char *server, const char *folder,
                                     struct problem *problem);

/* Asks for the newest checkpoint on this connection and holds it against the one kept
 * there, then keeps it. One process at a time for a folder.
 *
 * `proof` (NULL: none) is held against the same key and tree and against the unit, and kept too:
 * proofs/RECORD.tlog-proof.
 *
 * STATUS_DATA_LOSS when the server cannot prove it: LOG_REWRITTEN, LOG_SHORTENED, LOG_GONE,
 * LOG_KEY_CHANGED, PROOF_WRONG, ISSUANCE_OTHER.
 * What was kept stays, and what the server said lies beside it as evidence. A server without a log
 * is fine as long as none was seen there before. */
MUST_USE status_t witness_look(struct wire_client *client, const char *server, const char *folder,
                               struct witness_proof *proof, struct problem *problem);

/* The same for whoever asks another service than the stations': a log must be there. */
MUST_USE status_t witness_look_at(const struct witness_source *source, const char *server,
                                  const char *folder, struct witness_seen *ret_seen,
                                  struct problem *problem);

#endif

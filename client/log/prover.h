/* What an auditor asks of a running server, with its proof: the newest checkpoint, which extends
 * the one kept here (client/witness.h), and entries that are in its tree. */
#ifndef MINTMARK_CLIENT_LOG_PROVER_H
#define MINTMARK_CLIENT_LOG_PROVER_H

#include "client/admin/command.h"
#include "client/witness.h"
#include "lib/event/event.h"
#include "lib/tlog/proof.h"
#include "mintmark/v1/audit.pb-c.h"

enum { LOG_PROVER_RECORD_SIZE = 16 };

#define LOG_PROVER_HELP                                                                            \
    "  --witness DIR          where the log's key and last checkpoint are kept, to notice a "      \
    "rewritten\n"                                                                                  \
    "                         log (default ~/.local/state/mintmark/witness/SERVER)\n"

struct log_prover {
    struct admin_command *command; /* borrowed */
    const char *folder;            /* --witness; NULL: the default */
    struct witness_seen seen;      /* by the last look */
    struct buf note;               /* of seen.newest */
    struct admin_answer checkpoint;
    struct admin_answer growth;
    Mintmark__V1__LogCheckpoint answer;
};

/* Borrows. */
void log_prover_init(struct log_prover *prover, struct admin_command *command);
void log_prover_done(struct log_prover *prover);
OWN_VALUE(struct log_prover, log_prover_done)

/* The newest checkpoint, over all entries that there are; the server signs one when it has none.
 * As witness_look_at. */
MUST_USE status_t log_prover_look(struct log_prover *prover);

/* An entry below the size that was seen. STATUS_DATA_LOSS ENTRY_UNPROVEN. */
MUST_USE status_t log_prover_entry(struct log_prover *prover, uint64_t index,
                                   struct tlog_proof *ret_proof, struct buf *ret_entry);

/* The entries about an identity, those that were seen; the caller frees ret_indexes. */
MUST_USE status_t log_prover_find(struct log_prover *prover,
                                  const uint8_t record_id[static LOG_PROVER_RECORD_SIZE],
                                  uint64_t **ret_indexes, size_t *ret_count);

#endif

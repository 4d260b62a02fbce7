/* Proofs that entries stand in the log, made from what was signed already. */
#ifndef MINTMARK_SERVER_ISSUE_PROOF_H
#define MINTMARK_SERVER_ISSUE_PROOF_H

#include "server/issue/issue.h"

enum { ISSUE_PROOF_MAX = 32 * 1024 };

/* Appends the C2SP tlog-proof of an identity's device.issued, whose bytes are its extra data, under
 * the newest checkpoint. STATUS_NOT_FOUND when no checkpoint covers it yet: nothing is signed for
 * it, so that whoever asks waits neither for the token nor for a disk. */
MUST_USE status_t issue_proof(const struct issue_environment *environment, struct span record_id,
                              struct buf *ret_proof, struct problem *problem);

#endif

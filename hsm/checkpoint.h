/* Signing the log's checkpoints: only what extends the last one that was signed, by whichever
 * signer process, in whatever life (SPEC §4). The last one stands in a file outside the database
 * and its backup, so that a store set back to an older state is noticed: the highwater. */
#ifndef MINTMARK_HSM_CHECKPOINT_H
#define MINTMARK_HSM_CHECKPOINT_H

#include "hsm/protocol.h"
#include "hsm/sign.h"

struct hsm_checkpoint {
    const char *path;   /* of the highwater; its lock stands beside it. Borrowed. */
    const char *prefix; /* "<site>/": what an origin begins with. Borrowed. */
    bool has_last;      /* something was signed in this life */
    struct tlog_head last;
};

/* Appends the signed note, which is the highwater's content by then. A call for the last one gives
 * its note again. Refusals, and nothing is signed:
 *   STATUS_REFUSED   CHECKPOINT_ORIGIN   a log of another site
 *                    LOG_CONSISTENCY     not shown to extend the last one
 *                    HIGHWATER_LOST      the file is gone, or is behind what this process signed
 *   STATUS_DATA_LOSS HIGHWATER_CORRUPTED no checkpoint of this log, or not by this key
 *   STATUS_ABORTED   HIGHWATER_MOVED     old_size is not that of the last one: look again
 *   STATUS_IO        HIGHWATER           the file cannot be read, locked or written */
MUST_USE status_t hsm_checkpoint_sign(struct hsm_checkpoint *state,
                                      const struct hsm_sign_context *key,
                                      const struct hsm_checkpoint_call *call, struct buf *ret_note,
                                      struct problem *problem);

#endif

/* Checkpoints of the log, made when the newest does not cover what is asked for, and the comparison
 * of the store with the last one that was signed.
 *
 * The signer keeps that one in a file outside the database, the highwater (hsm/checkpoint.h). A
 * store that is behind it, or says something else, was set back or rewritten: nothing is issued. */
#ifndef MINTMARK_SERVER_ISSUE_CHECKPOINT_H
#define MINTMARK_SERVER_ISSUE_CHECKPOINT_H

#include <limits.h>

#include "server/issue/issue.h"

enum { ISSUE_NOTE_MAX = 4096 };

/* For a server's start. STATUS_REFUSED: STORE_BEHIND (fewer entries than were signed),
 * STORE_EPOCH (a recovery ended this log, or is not finished),
 * HIGHWATER_LOST (the file is gone, or behind what the store has). STATUS_DATA_LOSS:
 * LOG_REWRITTEN, HIGHWATER_CORRUPTED. Without a log key there is nothing to compare. */
MUST_USE status_t issue_checkpoint_check(const struct issue_environment *environment,
                                         struct problem *problem);

/* "…/highwater.1" for "acme/1": where a recovery puts the highwater of the log that it ends. While
 * it is there, a store of that epoch is not served. */
MUST_USE status_t issue_checkpoint_retired(const char *highwater, const char *origin,
                                           char ret_path[static PATH_MAX]);

/* Appends a signed checkpoint that covers the first `size` entries: the newest, or a new one over
 * all entries there are. As issue_checkpoint_check, and STATUS_INVALID LOG_SIZE (there are not so
 * many), STATUS_REFUSED LOG_KEY_NONE, and what the signer says. */
MUST_USE status_t issue_checkpoint(const struct issue_environment *environment, uint64_t size,
                                   struct buf *ret_note, struct problem *problem);

/* From time to time: folds what was staged into the tree and has it signed. */
MUST_USE status_t issue_checkpoint_upkeep(const struct issue_environment *environment,
                                          struct problem *problem);

#endif

/* What a witness keeps of one log, in a folder (client/SPEC.md, "Witness"). */
#ifndef MINTMARK_CLIENT_WITNESS_STATE_H
#define MINTMARK_CLIENT_WITNESS_STATE_H

#include <limits.h>

#include "lib/tlog/checkpoint.h"

enum { WITNESS_STATE_KEY_MAX = 1024 };

struct witness_state {
    char folder[PATH_MAX - 64];
    int lock;      /* -1: not open */
    bool has_kept; /* the next two are set */
    struct tlog_key key;
    struct tlog_checkpoint kept;
    bool recovered; /* `kept` is what a recovery says, until its log has signed more */
};

/* False where there is no home for it. `folder` NULL: one for each server. */
bool witness_state_choose(struct witness_state *state, const char *server, const char *folder);

/* Makes the folder, waits for its lock, reads what is kept there. */
MUST_USE status_t witness_state_open(struct witness_state *state, struct problem *problem);
void witness_state_close(struct witness_state *state); /* accepts lock -1 */
OWN_VALUE(struct witness_state, witness_state_close)

void witness_state_path(const struct witness_state *state, const char *name,
                        char ret_path[static PATH_MAX]);
MUST_USE status_t witness_state_say_io(const struct witness_state *state, struct problem *problem);

/* From now on the log is that of `key`, and begins with `head`; the last checkpoint of the old one
 * stays as evidence. A crash leaves the one or the other. */
MUST_USE status_t witness_state_recover(const struct witness_state *state,
                                        const struct tlog_key *key, const struct tlog_head *head,
                                        struct problem *problem);

#endif

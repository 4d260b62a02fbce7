/* What a recovery comes to: computed from the restored store, the last signed checkpoint and the
 * journals, the same way when it is proposed and when it is done. */
#ifndef MINTMARK_SERVER_RECOVERY_PLAN_H
#define MINTMARK_SERVER_RECOVERY_PLAN_H

#include <limits.h>

#include "lib/tlog/checkpoint.h"
#include "server/recovery/journal.h"
#include "server/recovery/recover.h"

enum { PLAN_NOTE_MAX = 4096, PLAN_MAX = 16 * 1024 };

struct plan {
    const Mintmark__V1__Config *config;
    const struct recover_options *options;
    int64_t now_ms;
    struct store *store;
    struct rpc_catalog catalog;
    struct journal journal;
    char old_origin[STORE_ORIGIN_MAX];
    char origin[STORE_ORIGIN_MAX];
    char highwater[PATH_MAX]; /* of the state directory */
    bool highwater_lost;      /* it is not there: another note stands in for it */
    struct tlog_head kept;    /* all of the restored store */
    struct buf note;          /* the last known signed checkpoint, and what it says */
    struct tlog_checkpoint last;
    uint64_t lost; /* entries signed and gone */
    uint8_t units_sha256[SHA256_SIZE];
    struct buf content; /* mintmark.v1.Recovery */
};
void plan_done(struct plan *plan);
OWN_VALUE(struct plan, plan_done)

/* Opens the store. Beside what reading it can bring:
 *   STATUS_REFUSED    RECOVERY_NEEDLESS  the store has all that was signed
 *                     HIGHWATER_LOST     no checkpoint to go by
 *                     LOG_KEY_NONE       no server with a log key has used the store
 *   STATUS_DATA_LOSS  LOG_REWRITTEN      the store is not the log that was signed
 *                     HIGHWATER_CORRUPTED */
MUST_USE status_t plan_make(const Mintmark__V1__Config *config,
                            const struct recover_options *options, struct plan *ret_plan,
                            struct problem *problem);

/* Only the store, its origin and the highwater's path. */
MUST_USE status_t plan_open(const Mintmark__V1__Config *config,
                            const struct recover_options *options, struct plan *ret_plan,
                            struct problem *problem);

#endif

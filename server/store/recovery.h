/* A restored store goes on under a new origin (deploy/RECOVERY.md): all of it one transaction. */
#ifndef MINTMARK_SERVER_STORE_RECOVERY_H
#define MINTMARK_SERVER_STORE_RECOVERY_H

#include "server/store/change.h"
#include "server/store/revocation.h"
#include "server/store/store.h"

enum { STORE_RECOVERY_WHY_MAX = 200 };

/* What becomes of a unit that a station's journal shows. */
enum store_recovery_verdict {
    STORE_RECOVERY_FITS,     /* entered as issued */
    STORE_RECOVERY_KNOWN,    /* issued in the restored store already */
    STORE_RECOVERY_LEFT_OUT, /* `why` says what is in the way */
};

struct store_recovery_unit {
    struct store_unit unit; /* all but row, seal_day and secrets; certificate and tbs set */
    enum store_recovery_verdict verdict;
    struct buf leaf;                      /* its entry of the log, when it fits */
    char journal[STORE_RECOVERY_WHY_MAX]; /* where it was found, for people */
    char why[STORE_RECOVERY_WHY_MAX];
};

/* Tries those that are not left out already, in their order, and changes nothing: sets verdicts. */
MUST_USE status_t store_recovery_try(struct store *store, struct store_recovery_unit *units,
                                     size_t count, struct problem *problem);

/* A counter of serial numbers (store_counter_take), used or not. */
struct store_recovery_counter {
    uint16_t vendor_id;
    char pattern[128];
};

/* Borrows all. */
struct store_recovery {
    const char *old_origin; /* what the store must be now … */
    uint64_t size;          /* … with so many entries */
    const char *origin;
    const struct store_change *change; /* what two operators signed … */
    struct span content;               /* … kept by its digest */
    const struct buf *entries;         /* of the log, in their order; then those of the units */
    size_t entry_count;
    const struct store_recovery_unit *units; /* those that fit are entered */
    size_t unit_count;
    const uint8_t (*issuers)[STORE_ISSUER_SIZE]; /* of the configured PAIs */
    size_t issuer_count;
    uint32_t lists_lost; /* revocation lists that may have been issued after the backup, at most */
    const struct store_recovery_counter *counters;
    size_t counter_count;
    /* how many numbers each counter, and rows of its data each order, may have given to units after
     * the backup, at most: they are not given out again */
    uint32_t numbers_lost;
    int64_t now_ms;
};

/* Besides what is given: every open order is paused, signed checkpoints of the old origin go, and
 * the next revocation list of each issuer gets a number beyond those lost and is due at once. A
 * unit that was reserved in the restored store becomes issued and loses its device secrets: what
 * was delivered cannot be made again. STATUS_ABORTED RECOVERY_MOVED: the store is not what was
 * planned for. */
MUST_USE status_t store_recover(struct store *store, const struct store_recovery *recovery,
                                struct problem *problem);

#endif

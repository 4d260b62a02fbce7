/* Units that stations still have: the folders that `mintmark provision` wrote (SPEC.md §3). */
#ifndef MINTMARK_SERVER_RECOVERY_JOURNAL_H
#define MINTMARK_SERVER_RECOVERY_JOURNAL_H

#include "lib/base/digest.h"
#include "server/rpc/catalog.h"
#include "server/store/recovery.h"

enum { JOURNAL_UNITS_MAX = 50000 }; /* a backup is never that old */

struct journal {
    struct rpc_catalog *catalog;
    struct store *store;
    int64_t now_ms;
    struct store_recovery_unit *units;
    size_t count;
    size_t capacity;
};
void journal_done(struct journal *journal); /* accepts a zeroed struct */
OWN_VALUE(struct journal, journal_done)

/* A unit's folder, or a folder of such: each unit is added, those that cannot be entered with why.
 * STATUS_NOT_FOUND JOURNAL: no such folder, or no unit in it. */
MUST_USE status_t journal_read(struct journal *journal, const char *folder,
                               struct problem *problem);

/* When all are read: puts them in an order of their own (by certificate) and lets the store judge
 * them. */
MUST_USE status_t journal_judge(struct journal *journal, struct problem *problem);

/* How many have this verdict. */
uint32_t journal_count(const struct journal *journal, enum store_recovery_verdict verdict);

/* Of the certificates of those that fit, in their order (lib/audit/SPEC.md §6). */
void journal_digest(const struct journal *journal, uint8_t ret_digest[static SHA256_SIZE]);

#endif

/* Copies of the database that others may keep, and judging one (deploy/RECOVERY.md). */
#ifndef MINTMARK_SERVER_STORE_BACKUP_H
#define MINTMARK_SERVER_STORE_BACKUP_H

#include "server/store/store.h"

/* Makes `target`, one file of mode 0600 with all that is committed in <folder>'s database when it
 * begins; it is durable, its name is not yet. Others go on writing: one read transaction is held
 * while pages are copied to memory of the system, so that the write-ahead log can only grow by what
 * is written in that time. STATUS_EXISTS: the target is there. */
MUST_USE status_t store_backup(const char *folder, const char *target, struct problem *problem);

/* What a copy holds. */
struct store_copy {
    char origin[STORE_ORIGIN_MAX];
    uint64_t entries; /* of the log */
    int64_t newest_ms;
};

/* Reads a database file that nobody writes, all of it: schema version, SQLite's integrity check,
 * every entry of the log against the tree's right edge. STATUS_REFUSED STORE_MISSING (no store of
 * ours), STORE_VERSION; STATUS_DATA_LOSS STORE_CORRUPTED, LOG_CORRUPTED. */
MUST_USE status_t store_backup_check(const char *file, struct store_copy *ret_copy,
                                     struct problem *problem);

#endif

#include "server/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/log.h"
#include "server/store/sqlite.h"

static status_t failed(sqlite3 *database, const char *file, struct problem *problem)
{
    return problem_say(problem, STATUS_IO, "BACKUP", file, "cannot write %s: %s", file,
                       sqlite3_errmsg(database));
}

/* Nothing of it is there before, and nobody else may read it. */
static status_t make_file(const char *file, struct problem *problem)
{
    int descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return problem_say(problem, errno == EEXIST ? STATUS_EXISTS : STATUS_IO, "BACKUP", file,
                           "cannot make %s: %s", file, strerror(errno));
    }
    (void)close(descriptor);
    return STATUS_OK;
}

static status_t sync_file(const char *file, struct problem *problem)
{
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return synced ? STATUS_OK
                  : problem_say(problem, STATUS_IO, "BACKUP", file, "cannot write %s: %s", file,
                                strerror(errno));
}

/* In one step: between steps a commit of another process would make it begin anew, for ever. */
static bool copy_pages(sqlite3 *target, struct store *store)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", store->database, "main");
    bool copied = backup != NULL && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
    return backup != NULL && sqlite3_backup_finish(backup) == SQLITE_OK && copied;
}

/* The copy is one file: without a write-ahead log, to be read where nothing can be written. */
static status_t copy(struct store *store, const char *file, struct problem *problem)
{
    sqlite3 *target = NULL;
    bool copied =
        sqlite3_open_v2(file, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(target, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;", NULL, NULL,
                     NULL) == SQLITE_OK &&
        copy_pages(target, store) &&
        sqlite3_exec(target, "PRAGMA journal_mode = DELETE;", NULL, NULL, NULL) == SQLITE_OK;
    status_t status = copied ? STATUS_OK : failed(target, file, problem);
    (void)sqlite3_close(target);
    return status;
}

status_t store_backup(const char *folder, const char *target, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    TRY(store_open(folder, &store, problem));
    TRY(make_file(target, problem));
    TRY(copy(store, target, problem));
    return sync_file(target, problem);
}

/* --- judging a copy --- */

static status_t corrupted(const char *file, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "STORE_CORRUPTED", file,
                       "%s is damaged: %s; use another copy", file, what);
}

static status_t check_integrity(struct store *store, const char *file, struct problem *problem)
{
    sqlite3_stmt *statement = NULL;
    char said[128] = "it is no database";
    if (sqlite3_prepare_v2(store->database, "PRAGMA integrity_check(1)", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        (void)snprintf(said, sizeof(said), "%s", text != NULL ? text : "");
    }
    (void)sqlite3_finalize(statement);
    return strcmp(said, "ok") == 0 ? STATUS_OK : corrupted(file, said, problem);
}

/* Every entry that the tree covers, hashed again. */
static status_t check_entries(struct store *store, const char *file, struct problem *problem)
{
    uint64_t size = 0;
    struct tlog_head head;
    struct tlog_edge edge = {0};
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(store_log_check(store, problem));
    TRY(store_log_tree_size(store, &size, problem));
    TRY(store_log_root(store, size, &head, problem));
    while (edge.size < size) {
        if (nodes.fetch(nodes.context, 0, edge.size, &leaf) != STATUS_OK) {
            return corrupted(file, "an entry of its log is missing", problem);
        }
        (void)tlog_edge_append(&edge, &leaf, made);
    }
    tlog_edge_root(&edge, &leaf);
    return tlog_hash_equal(&leaf, &head.root)
               ? STATUS_OK
               : corrupted(file, "its log's entries are not those of its tree", problem);
}

static status_t check(struct store *store, const char *file, struct store_copy *copy,
                      struct problem *problem)
{
    TRY(check_integrity(store, file, problem));
    TRY(sqlite_check_schema(store, file, problem));
    TRY(check_entries(store, file, problem));
    TRY(store_log_size(store, &copy->entries, &copy->newest_ms));
    return sqlite_read_origin(store, copy->origin, sizeof(copy->origin));
}

status_t store_backup_check(const char *file, struct store_copy *ret_copy, struct problem *problem)
{
    struct store_copy copy = {0};
    AUTO(store_close) struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return STATUS_NO_MEMORY;
    }
    store->lock = -1;
    if (sqlite3_open_v2(file, &store->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW,
                        NULL) != SQLITE_OK) {
        return problem_say(problem, STATUS_IO, "BACKUP", file, "cannot open %s: %s", file,
                           sqlite3_errmsg(store->database));
    }
    TRY(check(store, file, &copy, problem));
    *ret_copy = copy;
    return STATUS_OK;
}

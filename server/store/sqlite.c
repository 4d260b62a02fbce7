#include "server/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <sys/file.h>

#include "server/store/log.h"

static const char *const SQL[STORE_STATEMENT_COUNT] = {
#define STORE_STATEMENT(name, sql) sql,
    STORE_STATEMENTS(STORE_STATEMENT)
#undef STORE_STATEMENT
};

static status_t status_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return STATUS_OK;
    case SQLITE_CONSTRAINT:
        return STATUS_EXISTS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STATUS_DATA_LOSS;
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_ERROR: /* the statement does not suit the schema */
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return STATUS_INTERNAL;
    default: /* full, busy, locked, read-only, I/O, cannot open: the disk may come back */
        return STATUS_UNAVAILABLE;
    }
}

static status_t say(struct store *store, status_t status, struct problem *problem)
{
    return problem_say(problem, status, status == STATUS_DATA_LOSS ? "STORE_CORRUPTED" : "STORE",
                       "", "the database: %s%s", sqlite3_errmsg(store->database),
                       status == STATUS_UNAVAILABLE ? "; nothing was done, try again" : "");
}

sqlite3_stmt *sqlite_statement(struct store *store, enum store_statement statement)
{
    sqlite3_stmt **place = &store->statements[statement];
    if (*place == NULL) {
        int code = sqlite3_prepare_v3(store->database, SQL[statement], -1,
                                      SQLITE_PREPARE_PERSISTENT, place, NULL);
        if (code != SQLITE_OK) {
            return NULL; /* sqlite_row and sqlite_run turn this into a status */
        }
    }
    (void)sqlite3_reset(*place);
    (void)sqlite3_clear_bindings(*place);
    return *place;
}

void sqlite_bind_text(sqlite3_stmt *statement, int position, const char *text)
{
    (void)sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
}

void sqlite_bind_span(sqlite3_stmt *statement, int position, struct span bytes)
{
    (void)sqlite3_bind_blob64(statement, position, bytes.size > 0 ? bytes.data : (const void *)"",
                              bytes.size, SQLITE_STATIC);
}

static int step(struct store *store, sqlite3_stmt *statement)
{
    return statement == NULL ? sqlite3_errcode(store->database) : sqlite3_step(statement);
}

status_t sqlite_row(struct store *store, sqlite3_stmt *statement)
{
    int code = step(store, statement);
    if (code == SQLITE_ROW) {
        return STATUS_OK;
    }
    sqlite_end(statement);
    return code == SQLITE_DONE ? STATUS_NOT_FOUND : status_of(code);
}

void sqlite_end(sqlite3_stmt *statement)
{
    if (statement != NULL) {
        (void)sqlite3_reset(statement);
        (void)sqlite3_clear_bindings(statement); /* bound memory is the caller's */
    }
}

status_t sqlite_run(struct store *store, sqlite3_stmt *statement)
{
    int code = step(store, statement);
    sqlite_end(statement);
    return status_of(code);
}

int sqlite_changes(const struct store *store)
{
    return sqlite3_changes(store->database);
}

struct span sqlite_column_span(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return span_make(data, (size_t)sqlite3_column_bytes(statement, column));
}

status_t sqlite_column_text_into(sqlite3_stmt *statement, int column, char *ret_text, size_t size)
{
    struct span text = sqlite_column_span(statement, column);
    if (text.size >= size) {
        return STATUS_DATA_LOSS;
    }
    if (text.size > 0) {
        memcpy(ret_text, text.data, text.size);
    }
    ret_text[text.size] = '\0';
    return STATUS_OK;
}

status_t sqlite_column_exact(sqlite3_stmt *statement, int column, uint8_t *ret_bytes, size_t size)
{
    struct span bytes = sqlite_column_span(statement, column);
    if (bytes.size != size) {
        return STATUS_DATA_LOSS;
    }
    memcpy(ret_bytes, bytes.data, size);
    return STATUS_OK;
}

status_t sqlite_begin(struct store *store, struct problem *problem)
{
    while (flock(store->lock, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return problem_say(problem, STATUS_UNAVAILABLE, "STORE", "", "cannot lock the store");
        }
    }
    status_t status = sqlite_run(store, sqlite_statement(store, STORE_BEGIN));
    if (status != STATUS_OK) {
        (void)flock(store->lock, LOCK_UN);
        return say(store, status, problem);
    }
    return STATUS_OK;
}

status_t sqlite_finish(struct store *store, status_t status, struct problem *problem)
{
    if (status == STATUS_OK) {
        status = sqlite_run(store, sqlite_statement(store, STORE_COMMIT));
        if (status != STATUS_OK) {
            status = say(store, status, problem);
        }
    } else if (problem != NULL && problem->status != status) {
        (void)say(store, status, problem);
    }
    if (sqlite3_get_autocommit(store->database) == 0) {
        (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    }
    (void)flock(store->lock, LOCK_UN);
    return status;
}

status_t sqlite_check_clock(struct store *store, int64_t now_ms, struct problem *problem)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    TRY(store_log_size(store, &size, &newest_ms));
    if (now_ms >= newest_ms - STORE_CLOCK_SLACK_MS) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_UNAVAILABLE, "CLOCK", "",
                       "the clock stands before the newest entry of the log: set it right");
}

status_t sqlite_append_leaf(struct store *store, struct span leaf, int64_t now_ms)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    TRY(store_log_size(store, &size, &newest_ms));
    sqlite3_stmt *statement = sqlite_statement(store, STORE_LEAF_PUT);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)size);
    (void)sqlite3_bind_int64(statement, 2, now_ms > newest_ms ? now_ms : newest_ms);
    sqlite_bind_span(statement, 3, leaf);
    TRY(sqlite_run(store, statement));
    store->log_due |= (size + 1) % STORE_LOG_DUE == 0;
    return STATUS_OK;
}

status_t store_log_size(struct store *store, uint64_t *ret_size, int64_t *ret_newest_ms)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_LEAF_NEWEST);
    status_t status = sqlite_row(store, statement);
    if (status == STATUS_NOT_FOUND) {
        *ret_size = 0;
        *ret_newest_ms = 0;
        return STATUS_OK;
    }
    TRY(status);
    *ret_size = (uint64_t)sqlite3_column_int64(statement, 0) + 1;
    *ret_newest_ms = sqlite3_column_int64(statement, 1);
    sqlite_end(statement);
    return STATUS_OK;
}

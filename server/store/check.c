#include "server/store/check.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "server/store/check_tree.h"

enum { SQL_MAX = 16 * 1024, ROW_SHOWN = 512 };

/* Rows of `sql` are wrong; with `wanted`, rows that one of the two has and the other has not. */
static const struct check {
    const char *table;
    const char *what;
    const char *sql;
    const char *wanted;
} CHECKS[] = {
#define WRONG(table, what, sql) {table, what, sql, NULL},
#define SAME(table, what, sql, wanted) {table, what, sql, wanted},
#include "server/store/checks.def"
#undef WRONG
#undef SAME
};

/* The entries, read once: an entry's own time in milliseconds, and whose fate it is about. */
static const char *const PREPARE[] = {
    "CREATE TEMP TABLE log AS SELECT sequence, CAST(content AS TEXT) AS e,"
    " unixepoch(content ->> 'time') * 1000 + substr(content ->> 'time', 21, 3) AS ms FROM leaf",
    "CREATE UNIQUE INDEX temp.log_sequence ON log (sequence)",
    "CREATE INDEX temp.log_type ON log (e ->> 'type', e ->> 'change')",
    "CREATE INDEX temp.log_order ON log (e ->> 'order', e ->> 'type')",
    "CREATE INDEX temp.log_serial ON log (e ->> 'dac_serial', e ->> 'type')",
    "CREATE TEMP TABLE fate AS SELECT sequence, e ->> 'record' AS record, e ->> 'type' AS type,"
    " e ->> 'outcome' AS outcome, e ->> 'station' AS station, e, ms FROM log"
    " WHERE e ->> 'record' IS NOT NULL",
    "CREATE INDEX temp.fate_record ON fate (record, type, sequence)",
    "ALTER TABLE temp.fate ADD COLUMN first INTEGER NOT NULL DEFAULT 0",
    "UPDATE temp.fate SET first = 1 WHERE type = 'device.reserved' OR (type = 'device.recovered'"
    " AND NOT EXISTS (SELECT 1 FROM fate o WHERE o.record = fate.record"
    " AND o.type = 'device.reserved'))",
    "CREATE INDEX temp.fate_serial ON fate (e ->> 'dac_serial', type)",
};

static const char *const CLEAN_UP[] = {
    "DROP TABLE IF EXISTS temp.log",
    "DROP TABLE IF EXISTS temp.fate",
};

static void sha256(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint8_t digest[SHA256_SIZE];
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) {
        return; /* NULL */
    }
    const void *bytes = sqlite3_value_blob(values[0]);
    digest_sha256(span_make(bytes, (size_t)sqlite3_value_bytes(values[0])), digest);
    sqlite3_result_blob(context, digest, sizeof(digest), SQLITE_TRANSIENT);
}

static status_t say(struct store *store, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "STORE_CHECK", "", "the database: %s",
                       sqlite3_errmsg(store->database));
}

static status_t run(struct store *store, const char *sql, struct problem *problem)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ? STATUS_OK
                                                                             : say(store, problem);
}

/* The two sides of a difference have the same name and stand one behind the other. */
static void tell(struct check_reader *reader, const struct check *check, sqlite3_stmt *rows,
                 char last[static ROW_SHOWN])
{
    char row[ROW_SHOWN];
    const void *text = sqlite3_column_blob(rows, 0);
    (void)snprintf(row, sizeof(row), "%.*s", sqlite3_column_bytes(rows, 0),
                   text != NULL ? (const char *)text : "");
    if (strcmp(row, last) != 0) {
        check_tell(reader, check->table, check->what, row);
    }
    memcpy(last, row, ROW_SHOWN);
}

static status_t visit_rows(struct check_reader *reader, const struct check *check, const char *sql,
                           struct problem *problem)
{
    sqlite3_stmt *rows = NULL;
    struct store *store = reader->store;
    if (sqlite3_prepare_v2(store->database, sql, -1, &rows, NULL) != SQLITE_OK) {
        return say(store, problem);
    }
    int code = SQLITE_ROW;
    char last[ROW_SHOWN] = "\n"; /* no row's name */
    for (int shown = 0; shown < STORE_CHECK_ROWS && code == SQLITE_ROW; shown++) {
        code = sqlite3_step(rows);
        if (code == SQLITE_ROW) {
            tell(reader, check, rows, last);
        }
    }
    (void)sqlite3_finalize(rows);
    return code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK : say(store, problem);
}

static status_t run_check(struct check_reader *reader, const struct check *check,
                          struct problem *problem)
{
    AUTO(buf_done) struct buf sql;
    buf_init(&sql, SQL_MAX);
    if (check->wanted == NULL) {
        buf_append_text(&sql, check->sql);
    } else {
        buf_print(&sql, "SELECT * FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s)) UNION ",
                  check->sql, check->wanted);
        buf_print(&sql, "SELECT * FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s))",
                  check->wanted, check->sql);
    }
    buf_append_byte(&sql, '\0');
    TRY(buf_status(&sql));
    return visit_rows(reader, check, (const char *)sql.data, problem);
}

static status_t check_integrity(struct check_reader *reader, struct problem *problem)
{
    static const struct check INTEGRITY = {
        "database", "SQLite finds",
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'", NULL};
    return run_check(reader, &INTEGRITY, problem);
}

static status_t check_tables(struct check_reader *reader, struct problem *problem)
{
    struct store *store = reader->store;
    for (size_t i = 0; i < sizeof(PREPARE) / sizeof(PREPARE[0]); i++) {
        TRY(run(store, PREPARE[i], problem));
    }
    for (size_t i = 0; i < sizeof(CHECKS) / sizeof(CHECKS[0]); i++) {
        TRY(run_check(reader, &CHECKS[i], problem));
    }
    return STATUS_OK;
}

static status_t check_all(struct check_reader *reader, struct problem *problem)
{
    TRY(check_integrity(reader, problem));
    TRY(check_tree(reader, problem));
    return reader->findings == 0 ? check_tables(reader, problem) : STATUS_OK;
}

status_t store_check(struct store *store, const struct tlog_checkpoint *highwater,
                     store_check_visit_t *visit, void *context, uint64_t *ret_entries,
                     struct problem *problem)
{
    struct check_reader reader = {
        .store = store, .highwater = highwater, .visit = visit, .context = context};
    if (sqlite3_create_function(store->database, "sha256", 1,
                                SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                sha256, NULL, NULL) != SQLITE_OK) {
        return say(store, problem);
    }
    TRY(run(store, "BEGIN", problem));
    status_t status = check_all(&reader, problem);
    (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof(CLEAN_UP) / sizeof(CLEAN_UP[0]); i++) {
        (void)sqlite3_exec(store->database, CLEAN_UP[i], NULL, NULL, NULL);
    }
    *ret_entries = reader.entries;
    return status;
}

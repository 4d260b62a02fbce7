#include "server/store/sqlite.h"
#include "server/store/trace.h"

/* The one unit id in the statement's rows. */
static status_t only_one(struct store *store, sqlite3_stmt *statement, char *ret_unit_id,
                         size_t size)
{
    TRY(sqlite_row(store, statement));
    TRY(sqlite_column_text_into(statement, 0, ret_unit_id, size));
    status_t status = sqlite_row(store, statement);
    return status == STATUS_OK ? STATUS_EXISTS : status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t store_unit_find_serial(struct store *store, const char *serial_number,
                                struct store_unit *ret_unit)
{
    char unit_id[STORE_UNIT_ID_MAX + 1];
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_OF_SERIAL);
    sqlite_bind_text(statement, 1, serial_number);
    status_t status = only_one(store, statement, unit_id, sizeof(unit_id));
    sqlite_end(statement);
    return status == STATUS_OK ? store_unit_find(store, unit_id, ret_unit) : status;
}

static status_t count_read(struct store *store, const struct store_unit *unit, struct span leaf,
                           int64_t now_ms, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_CODES_READ);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    (void)sqlite3_bind_int64(statement, 2, STORE_CODE_READS_MAX);
    TRY(sqlite_run(store, statement));
    if (sqlite_changes(store) != 1) {
        return problem_say(problem, STATUS_EXHAUSTED, "CODE_READS", "unit_id",
                           "the codes of unit %s were read %d times: copy the label", unit->unit_id,
                           STORE_CODE_READS_MAX);
    }
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_unit_codes_read(struct store *store, const struct store_unit *unit, struct span leaf,
                               int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, count_read(store, unit, leaf, now_ms, problem), problem);
}

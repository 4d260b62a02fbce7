#include "server/store/sqlite.h"

status_t sqlite_seal_day(struct store *store, const char *day, int64_t more)
{
    sqlite3_stmt *s = sqlite_statement(store, more > 0 ? STORE_SEAL_DAY_MORE : STORE_SEAL_DAY_LESS);
    sqlite_bind_text(s, 1, day);
    (void)sqlite3_bind_int64(s, 2, more > 0 ? more : -more);
    return sqlite_run(store, s);
}

status_t sqlite_secret_put(struct store *store, const struct store_unit *unit, int64_t now_ms)
{
    if (unit->sealed[STORE_PART_DEVICE].size == 0) {
        return STATUS_OK; /* the device's own key never came here */
    }
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_PUT);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    sqlite_bind_span(statement, 2, buf_span(&unit->sealed[STORE_PART_DEVICE]));
    sqlite_bind_span(statement, 3, buf_span(&unit->sealed[STORE_PART_CODES]));
    (void)sqlite3_bind_int64(statement, 4, now_ms);
    TRY(sqlite_run(store, statement));
    return sqlite_seal_day(store, unit->seal_day, 1);
}

status_t sqlite_secret_delivered(struct store *store, const struct store_unit *unit, int64_t now_ms)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_SINCE);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    (void)sqlite3_bind_int64(statement, 2, now_ms);
    return sqlite_run(store, statement);
}

status_t sqlite_secret_gone(struct store *store, int64_t unit_row, const char *seal_day)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_GO);
    (void)sqlite3_bind_int64(statement, 1, unit_row);
    TRY(sqlite_run(store, statement));
    return sqlite_changes(store) == 1 ? sqlite_seal_day(store, seal_day, -1) : STATUS_OK;
}

status_t sqlite_secret_erase_device(struct store *store, const struct store_unit *unit)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_ERASE_DEVICE);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    TRY(sqlite_run(store, statement));
    return sqlite_secret_gone(store, unit->row, unit->seal_day);
}

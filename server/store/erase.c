#include "server/store/erase.h"

#include "server/store/sqlite.h"
#include "server/store/trace.h"

static status_t read_due(sqlite3_stmt *s, struct store_due *ret_due)
{
    ret_due->row = sqlite3_column_int64(s, 0);
    ret_due->state = (enum store_unit_state)sqlite3_column_int(s, 2);
    TRY(sqlite_column_exact(s, 1, ret_due->record_id, sizeof(ret_due->record_id)));
    TRY(sqlite_column_text_into(s, 3, ret_due->order, sizeof(ret_due->order)));
    TRY(sqlite_column_text_into(s, 4, ret_due->unit_id, sizeof(ret_due->unit_id)));
    return sqlite_column_text_into(s, 5, ret_due->seal_day, sizeof(ret_due->seal_day));
}

static status_t read_all(struct store *store, sqlite3_stmt *statement, struct store_due *ret_due,
                         size_t *ret_count)
{
    size_t count = 0;
    status_t status = STATUS_OK;
    while (count < STORE_ERASE_MAX && status == STATUS_OK) {
        status = sqlite_row(store, statement);
        if (status == STATUS_OK) {
            status = read_due(statement, &ret_due[count++]);
        }
    }
    sqlite_end(statement);
    *ret_count = status == STATUS_OK || status == STATUS_NOT_FOUND ? count : 0;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t store_erase_due_devices(struct store *store, int64_t before_ms, struct store_due *ret_due,
                                 size_t *ret_count)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_DUE_DEVICES);
    (void)sqlite3_bind_int64(statement, 1, before_ms);
    return read_all(store, statement, ret_due, ret_count);
}

status_t store_erase_due_requests(struct store *store, int64_t before_ms, struct store_due *ret_due,
                                  size_t *ret_count)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_DUE_REQUESTS);
    (void)sqlite3_bind_int64(statement, 1, before_ms);
    return read_all(store, statement, ret_due, ret_count);
}

/* The order closed longest ago that has codes left, and up to which row they are erased. */
static status_t next_order(struct store *store, int64_t before_ms, char *ret_order, size_t size,
                           int64_t *ret_row)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_DUE_ORDER);
    (void)sqlite3_bind_int64(statement, 1, before_ms);
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_text_into(statement, 0, ret_order, size);
    *ret_row = sqlite3_column_int64(statement, 1);
    sqlite_end(statement);
    return status;
}

status_t store_erase_due_codes(struct store *store, int64_t before_ms, struct store_due *ret_due,
                               size_t *ret_count)
{
    char order[STORE_NAME_MAX + 1];
    int64_t row = 0;
    status_t status = next_order(store, before_ms, order, sizeof(order), &row);
    *ret_count = 0;
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    sqlite3_stmt *statement = sqlite_statement(store, STORE_DUE_CODES);
    sqlite_bind_text(statement, 1, order);
    (void)sqlite3_bind_int64(statement, 2, row);
    return read_all(store, statement, ret_due, ret_count);
}

static status_t aborted(struct problem *problem)
{
    return problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                       "the unit changed meanwhile: try again");
}

/* A delivery since the list was made puts the unit's time off. */
static status_t erase_device(struct store *store, const struct store_due *due, int64_t before_ms,
                             struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_ERASE_DUE);
    (void)sqlite3_bind_int64(statement, 1, due->row);
    (void)sqlite3_bind_int64(statement, 2, before_ms);
    TRY(sqlite_run(store, statement));
    return sqlite_changes(store) == 1 ? STATUS_OK : aborted(problem);
}

static status_t erase_codes(struct store *store, const struct store_due *due,
                            struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SECRET_ERASE_CODES);
    (void)sqlite3_bind_int64(statement, 1, due->row);
    TRY(sqlite_run(store, statement));
    if (sqlite_changes(store) != 1) {
        return aborted(problem);
    }
    statement = sqlite_statement(store, STORE_ORDER_CODES_LESS);
    sqlite_bind_text(statement, 1, due->order);
    (void)sqlite3_bind_int64(statement, 2, due->row);
    return sqlite_run(store, statement);
}

static status_t erase(struct store *store, const struct store_erasure *erasure,
                      struct problem *problem)
{
    for (size_t i = 0; i < erasure->count; i++) {
        const struct store_due *due = &erasure->due[i];
        TRY(erasure->part == STORE_PART_DEVICE
                ? erase_device(store, due, erasure->before_ms, problem)
                : erase_codes(store, due, problem));
        TRY(sqlite_secret_gone(store, due->row, due->seal_day));
    }
    return STATUS_OK;
}

/* Work done under the clock's eye, then its leaf: about one identity, or (NULL) none. */
static status_t finish(struct store *store, status_t status, const uint8_t *record_id,
                       struct span leaf, int64_t now_ms, struct problem *problem)
{
    if (status == STATUS_OK) {
        status = sqlite_check_clock(store, now_ms, problem);
    }
    if (status == STATUS_OK) {
        status = record_id != NULL ? store_trace_put(store, record_id, leaf, now_ms)
                                   : sqlite_append_leaf(store, leaf, now_ms);
    }
    return sqlite_finish(store, status, problem);
}

status_t store_erase(struct store *store, const struct store_erasure *erasure, struct span leaf,
                     int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return finish(store, erase(store, erasure, problem), NULL, leaf, now_ms, problem);
}

status_t sqlite_make_void(struct store *store, const struct store_due *due, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_MAKE_VOID);
    (void)sqlite3_bind_int64(statement, 1, due->row);
    TRY(sqlite_run(store, statement));
    if (sqlite_changes(store) != 1) {
        return aborted(problem);
    }
    statement = sqlite_statement(store, STORE_SECRET_ERASE_DEVICE);
    (void)sqlite3_bind_int64(statement, 1, due->row);
    TRY(sqlite_run(store, statement));
    statement = sqlite_statement(store, STORE_SECRET_ERASE_CODES);
    (void)sqlite3_bind_int64(statement, 1, due->row);
    TRY(sqlite_run(store, statement));
    int codes = sqlite_changes(store); /* 0: erased before, and counted then */
    statement = sqlite_statement(store, STORE_ORDER_VOIDED);
    sqlite_bind_text(statement, 1, due->order);
    (void)sqlite3_bind_int64(statement, 2, codes);
    TRY(sqlite_run(store, statement));
    TRY(sqlite_station_less(store, due->row));
    return sqlite_secret_gone(store, due->row, due->seal_day);
}

status_t store_erase_void(struct store *store, const struct store_due *due, struct span leaf,
                          int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return finish(store, sqlite_make_void(store, due, problem), due->record_id, leaf, now_ms,
                  problem);
}

status_t store_erase_due_salt(struct store *store, const char *before, char ret_day[static 11])
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_DUE_SALT);
    sqlite_bind_text(statement, 1, before);
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_text_into(statement, 0, ret_day, 11);
    sqlite_end(statement);
    return status;
}

status_t store_erase_salt(struct store *store, const char *day, struct span leaf, int64_t now_ms,
                          struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    sqlite3_stmt *statement = sqlite_statement(store, STORE_SEAL_DAY_GO);
    sqlite_bind_text(statement, 1, day);
    status_t status = sqlite_run(store, statement);
    if (status == STATUS_OK && sqlite_changes(store) != 1) {
        status = aborted(problem);
    }
    return finish(store, status, NULL, leaf, now_ms, problem);
}

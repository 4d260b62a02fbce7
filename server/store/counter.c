#include "server/store/sqlite.h"

/* A call that cannot be given a unit takes no number, however often it is repeated. */
static status_t check_room(struct store *store, const struct store_unit *unit, uint32_t max_open,
                           struct problem *problem)
{
    struct store_order order;
    TRY(store_order_get(store, unit->order, &order));
    if (order.counted >= order.identities_limit) {
        return sqlite_refuse_exhausted(&order, problem);
    }
    sqlite3_stmt *statement = sqlite_statement(store, STORE_STATION_ROOM);
    sqlite_bind_text(statement, 1, unit->station);
    (void)sqlite3_bind_int64(statement, 2, max_open);
    status_t status = sqlite_row(store, statement);
    sqlite_end(statement);
    return status == STATUS_OK ? sqlite_refuse_open(max_open, problem)
                               : (status == STATUS_NOT_FOUND ? STATUS_OK : status);
}

static status_t take(struct store *store, const struct store_unit *unit,
                     const struct store_counter *counter, uint32_t *ret_number,
                     struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_COUNTER_TAKE);
    (void)sqlite3_bind_int64(statement, 1, unit->vendor_id);
    sqlite_bind_text(statement, 2, counter->pattern);
    (void)sqlite3_bind_int64(statement, 3, counter->last);
    status_t status = sqlite_row(store, statement);
    if (status == STATUS_OK) {
        *ret_number = (uint32_t)sqlite3_column_int64(statement, 0);
    }
    sqlite_end(statement);
    return status != STATUS_NOT_FOUND
               ? status
               : problem_say(problem, STATUS_EXHAUSTED, "SERIAL_NUMBER_EXHAUSTED", "serial_number",
                             "all %u numbers of the pattern %.40s are used: apply a revision of "
                             "the product with another pattern",
                             counter->last, counter->pattern);
}

status_t store_counter_take(struct store *store, const struct store_unit *unit,
                            const struct store_counter *counter, uint32_t max_open,
                            uint32_t *ret_number, struct problem *problem)
{
    uint32_t number = 0;
    TRY(sqlite_begin(store, problem));
    status_t status = check_room(store, unit, max_open, problem);
    if (status == STATUS_OK) {
        status = take(store, unit, counter, &number, problem);
    }
    TRY(sqlite_finish(store, status, problem));
    *ret_number = number;
    return STATUS_OK;
}

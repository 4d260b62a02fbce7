#include "server/store/sqlite.h"
#include "server/store/trace.h"

/* What a report does to a unit in a state. */
enum effect { MOVE, ATTEMPT, KNOWN, REFUSE, RACE };

static enum effect effect_of(enum store_unit_state state, enum store_outcome outcome)
{
    static const enum effect EFFECTS[][4] = {
        /* outcome:                 -     flashed attempt  scrapped */
        [STORE_UNIT_RESERVED] = {RACE, REFUSE, REFUSE, REFUSE},
        [STORE_UNIT_ISSUED] = {RACE, MOVE, ATTEMPT, MOVE},
        [STORE_UNIT_FLASHED] = {RACE, KNOWN, ATTEMPT, REFUSE},
        [STORE_UNIT_SCRAPPED] = {RACE, REFUSE, ATTEMPT, KNOWN},
        [STORE_UNIT_SUPERSEDED] = {RACE, RACE, RACE, RACE},
        [STORE_UNIT_VOID] = {RACE, RACE, RACE, RACE},
    };
    return EFFECTS[state][outcome];
}

static status_t refuse(const struct store_unit *unit, enum store_unit_state state,
                       struct problem *problem)
{
    if (state == STORE_UNIT_RESERVED) {
        return problem_say(problem, STATUS_REFUSED, "NOT_ISSUED", "unit",
                           "unit %s was never delivered: provision it before it is reported",
                           unit->unit_id);
    }
    return state == STORE_UNIT_FLASHED
               ? problem_say(problem, STATUS_REFUSED, "ALREADY_FLASHED", "outcome",
                             "unit %s is on record as flashed: an operator can scrap it",
                             unit->unit_id)
               : problem_say(problem, STATUS_REFUSED, "ALREADY_SCRAPPED", "outcome",
                             "unit %s is on record as scrapped: that is final", unit->unit_id);
}

static status_t read_state(struct store *store, const struct store_unit *unit,
                           struct store_reported *ret_reported)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_STATE);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    TRY(sqlite_row(store, statement));
    *ret_reported = (struct store_reported){
        .state = (enum store_unit_state)sqlite3_column_int(statement, 0),
        .attempts = (uint32_t)sqlite3_column_int64(statement, 1),
        .kept = true,
    };
    sqlite_end(statement);
    bool sane =
        ret_reported->state >= STORE_UNIT_RESERVED && ret_reported->state <= STORE_UNIT_VOID;
    return sane ? STATUS_OK : STATUS_DATA_LOSS;
}

/* One report on its way into the store. */
struct taking {
    struct store *store;
    const struct store_unit *unit;
    const struct store_report *report;
    struct span leaf;
    int64_t now_ms;
};

static status_t put(const struct taking *taking)
{
    const struct store_report *report = taking->report;
    sqlite3_stmt *statement = sqlite_statement(taking->store, STORE_REPORT_PUT);
    (void)sqlite3_bind_int64(statement, 1, taking->unit->row);
    (void)sqlite3_bind_int64(statement, 2, report->outcome);
    sqlite_bind_text(statement, 3, report->station);
    sqlite_bind_text(statement, 4, report->slot);
    sqlite_bind_text(statement, 5, report->phase);
    sqlite_bind_text(statement, 6, report->code);
    sqlite_bind_text(statement, 7, report->attempt_id);
    (void)sqlite3_bind_int64(statement, 8, taking->now_ms);
    TRY(sqlite_run(taking->store, statement));
    return store_trace_put(taking->store, taking->unit->record_id, taking->leaf, taking->now_ms);
}

static status_t move(const struct taking *taking, struct store_reported *reported)
{
    reported->state =
        taking->report->outcome == STORE_OUTCOME_FLASHED ? STORE_UNIT_FLASHED : STORE_UNIT_SCRAPPED;
    sqlite3_stmt *statement = sqlite_statement(taking->store, STORE_UNIT_REPORTED);
    (void)sqlite3_bind_int64(statement, 1, taking->unit->row);
    (void)sqlite3_bind_int64(statement, 2, reported->state);
    (void)sqlite3_bind_int64(statement, 3, taking->now_ms);
    TRY(sqlite_run(taking->store, statement));
    statement = sqlite_statement(taking->store, STORE_ORDER_REPORTED);
    sqlite_bind_text(statement, 1, taking->unit->order);
    (void)sqlite3_bind_int64(statement, 2, reported->state);
    TRY(sqlite_run(taking->store, statement));
    TRY(sqlite_station_less(taking->store, taking->unit->row));
    TRY(sqlite_secret_erase_device(taking->store, taking->unit));
    return put(taking);
}

static status_t attempt_known(const struct taking *taking)
{
    sqlite3_stmt *statement = sqlite_statement(taking->store, STORE_REPORT_KNOWN);
    (void)sqlite3_bind_int64(statement, 1, taking->unit->row);
    (void)sqlite3_bind_int64(statement, 2, taking->report->outcome);
    sqlite_bind_text(statement, 3, taking->report->attempt_id);
    status_t status = sqlite_row(taking->store, statement);
    sqlite_end(statement);
    return status;
}

static status_t attempt(const struct taking *taking, struct store_reported *reported)
{
    status_t status = attempt_known(taking);
    reported->known = status == STATUS_OK;
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    reported->kept = reported->attempts < STORE_ATTEMPTS_MAX;
    if (!reported->kept) {
        return STATUS_OK;
    }
    reported->attempts++;
    sqlite3_stmt *statement = sqlite_statement(taking->store, STORE_UNIT_ATTEMPT);
    (void)sqlite3_bind_int64(statement, 1, taking->unit->row);
    TRY(sqlite_run(taking->store, statement));
    return put(taking);
}

static status_t take(const struct taking *taking, struct store_reported *reported,
                     struct problem *problem)
{
    TRY(read_state(taking->store, taking->unit, reported));
    switch (effect_of(reported->state, taking->report->outcome)) {
    case MOVE:
        return move(taking, reported);
    case ATTEMPT:
        return attempt(taking, reported);
    case KNOWN:
        reported->known = true;
        return STATUS_OK;
    case REFUSE:
        return refuse(taking->unit, reported->state, problem);
    case RACE:
    default:
        return problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                           "the unit changed meanwhile: try again");
    }
}

status_t store_unit_report(struct store *store, const struct store_unit *unit,
                           const struct store_report *report, struct span leaf, int64_t now_ms,
                           struct store_reported *ret_reported, struct problem *problem)
{
    const struct taking taking = {store, unit, report, leaf, now_ms};
    struct store_reported reported = {0};
    TRY(sqlite_begin(store, problem));
    TRY(sqlite_finish(store, take(&taking, &reported, problem), problem));
    *ret_reported = reported;
    return STATUS_OK;
}

#include "server/store/recovery.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/store/change.h"
#include "server/store/device.h"
#include "server/store/sqlite.h"
#include "server/store/trace.h"

static status_t check_place(struct store *store, const struct store_recovery *recovery,
                            struct problem *problem)
{
    char origin[STORE_ORIGIN_MAX];
    uint64_t size = 0;
    int64_t newest_ms = 0;
    TRY(sqlite_read_origin(store, origin, sizeof(origin)));
    TRY(store_log_size(store, &size, &newest_ms));
    if (strcmp(origin, recovery->old_origin) != 0 || size != recovery->size) {
        return problem_say(problem, STATUS_ABORTED, "RECOVERY_MOVED", "plan",
                           "the store is log %s with %" PRIu64 " entries, the plan is for %s with "
                           "%" PRIu64 ": make a new plan",
                           origin, size, recovery->old_origin, recovery->size);
    }
    return STATUS_OK;
}

/* The nonce of a lost commitment is lost too. */
static const uint8_t NO_DIGEST[STORE_DIGEST_SIZE];

static status_t insert_unit(struct store *store, const struct store_unit *unit, int64_t now_ms)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_UNIT);
    sqlite_bind_span(s, 1, SPAN_OF(unit->record_id));
    sqlite_bind_text(s, 2, unit->order);
    sqlite_bind_text(s, 3, unit->unit_id);
    sqlite_bind_text(s, 4, unit->hardware_id);
    (void)sqlite3_bind_int64(s, 5, unit->key_source);
    sqlite_bind_text(s, 6, unit->station);
    sqlite_bind_text(s, 7, unit->line);
    sqlite_bind_text(s, 8, unit->product);
    (void)sqlite3_bind_int64(s, 9, unit->product_revision);
    (void)sqlite3_bind_int64(s, 10, unit->vendor_id);
    sqlite_bind_text(s, 11, unit->serial_number);
    sqlite_bind_span(s, 12, SPAN_OF(unit->dac_serial));
    sqlite_bind_span(s, 13, SPAN_OF(unit->public_key));
    sqlite_bind_span(s, 14, buf_span(&unit->tbs));
    sqlite_bind_span(s, 15, buf_span(&unit->certificate));
    sqlite_bind_span(s, 16, SPAN_OF(NO_DIGEST));
    sqlite_bind_span(s, 17, SPAN_OF(unit->chain_sha256));
    (void)sqlite3_bind_int64(s, 18, now_ms);
    return sqlite_run(store, s);
}

static status_t left_out(struct problem *problem, status_t status, const char *why)
{
    return problem_say(problem, status, "RECOVERY_UNIT", "journal", "%s", why);
}

/* A record names one identity for ever; a journal is only a station's word for it. */
static status_t check_record(struct store *store, const struct store_unit *unit,
                             struct problem *problem)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_RECORD);
    sqlite_bind_span(s, 1, SPAN_OF(unit->record_id));
    status_t status = sqlite_row(store, s);
    sqlite_end(s);
    if (status == STATUS_OK) {
        return left_out(problem, STATUS_EXISTS, "its record is another identity's");
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t add_new(struct store *store, const struct store_unit *unit, int64_t now_ms,
                        struct problem *problem)
{
    TRY(check_record(store, unit, problem));
    sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_COUNT);
    sqlite_bind_text(s, 1, unit->order);
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != 1) {
        return left_out(problem, STATUS_EXHAUSTED,
                        "the restored store has no such order, or closed, or without room");
    }
    status_t status = insert_unit(store, unit, now_ms);
    if (status == STATUS_EXISTS) {
        return left_out(problem, status,
                        "the unit has another identity in the restored store, or another unit has "
                        "its chip, key or serial number");
    }
    TRY(status);
    s = sqlite_statement(store, STORE_STATION_MORE);
    sqlite_bind_text(s, 1, unit->station);
    (void)sqlite3_bind_int64(s, 2, INT64_MAX); /* it has them, whatever it may have */
    return sqlite_run(store, s);
}

/* The intent is on record, and must be this one. */
static status_t add_intended(struct store *store, const struct store_unit *unit,
                             const struct store_unit *intent, int64_t now_ms,
                             struct problem *problem)
{
    if (memcmp(intent->record_id, unit->record_id, sizeof(unit->record_id)) != 0 ||
        strcmp(intent->order, unit->order) != 0 || strcmp(intent->unit_id, unit->unit_id) != 0 ||
        !span_equal(buf_span(&intent->tbs), buf_span(&unit->tbs))) {
        return left_out(problem, STATUS_EXISTS, "its DAC is not the one that was reserved for it");
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_INTENT);
    (void)sqlite3_bind_int64(s, 1, intent->row);
    sqlite_bind_span(s, 2, buf_span(&unit->certificate));
    sqlite_bind_span(s, 3, SPAN_OF(NO_DIGEST));
    (void)sqlite3_bind_int64(s, 4, now_ms);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_ORDER_ISSUED);
    sqlite_bind_text(s, 1, unit->order);
    TRY(sqlite_run(store, s));
    return sqlite_secret_erase_device(store, intent);
}

/* *ret_known: it was issued in the restored store already, nothing is done. */
static status_t add_unit(struct store *store, const struct store_unit *unit, int64_t now_ms,
                         bool *ret_known, struct problem *problem)
{
    AUTO(store_unit_done) struct store_unit intent = {0};
    struct store_device device;
    *ret_known = false;
    status_t status = store_device_find(store, "", "", SPAN_OF(unit->dac_serial), &device);
    if (status == STATUS_NOT_FOUND) {
        return add_new(store, unit, now_ms, problem);
    }
    TRY(status);
    if (device.state != STORE_UNIT_RESERVED) {
        *ret_known = true;
        return STATUS_OK;
    }
    TRY(store_unit_find(store, device.unit_id, &intent));
    return add_intended(store, unit, &intent, now_ms, problem);
}

static status_t judge(struct store *store, struct store_recovery_unit *unit,
                      struct problem *problem)
{
    struct problem why = {0};
    bool known = false;
    status_t status = add_unit(store, &unit->unit, unit->unit.created_ms, &known, &why);
    if (status == STATUS_OK) {
        unit->verdict = known ? STORE_RECOVERY_KNOWN : STORE_RECOVERY_FITS;
        /* of those to come none may name this record; all of it is rolled back */
        return known ? STATUS_OK
                     : store_trace_put(store, unit->unit.record_id, span_text("tried"),
                                       unit->unit.created_ms);
    }
    if (strcmp(why.reason, "RECOVERY_UNIT") != 0) {
        *problem = why;
        return status;
    }
    unit->verdict = STORE_RECOVERY_LEFT_OUT;
    (void)snprintf(unit->why, sizeof(unit->why), "%.*s", STORE_RECOVERY_WHY_MAX - 1, why.message);
    return sqlite_run(store, sqlite_statement(store, STORE_SAVEPOINT_BACK));
}

static status_t try_unit(struct store *store, struct store_recovery_unit *unit,
                         struct problem *problem)
{
    TRY(sqlite_run(store, sqlite_statement(store, STORE_SAVEPOINT)));
    TRY(judge(store, unit, problem));
    return sqlite_run(store, sqlite_statement(store, STORE_SAVEPOINT_END));
}

status_t store_recovery_try(struct store *store, struct store_recovery_unit *units, size_t count,
                            struct problem *problem)
{
    status_t status = STATUS_OK;
    TRY(sqlite_begin(store, problem));
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (units[i].verdict != STORE_RECOVERY_LEFT_OUT) {
            status = try_unit(store, &units[i], problem);
        }
    }
    /* any other status than STATUS_OK rolls back */
    status_t ended = sqlite_finish(store, status == STATUS_OK ? STATUS_ABORTED : status, NULL);
    return status == STATUS_OK && ended == STATUS_ABORTED ? STATUS_OK : ended;
}

/* A row that only says where numbers go on: what it stands for is lost. */
static status_t move_lists(struct store *store, const uint8_t issuer[static STORE_ISSUER_SIZE],
                           uint32_t lost)
{
    AUTO(store_crl_done) struct store_crl newest = {0};
    status_t status = store_crl_newest(store, issuer, &newest);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    if (status == STATUS_NOT_FOUND && lost == 0) {
        return STATUS_OK;
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_CRL);
    sqlite_bind_span(s, 1, span_make(issuer, STORE_ISSUER_SIZE));
    (void)sqlite3_bind_int64(s, 2, (int64_t)newest.number + lost);
    (void)sqlite3_bind_int64(s, 3, newest.this_update);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_CRL_OLDER_GO);
    sqlite_bind_span(s, 1, span_make(issuer, STORE_ISSUER_SIZE));
    (void)sqlite3_bind_int64(s, 2, (int64_t)newest.number + lost);
    return sqlite_run(store, s);
}

static status_t move_counters(struct store *store, const struct store_recovery *recovery)
{
    for (size_t i = 0; i < recovery->counter_count; i++) {
        sqlite3_stmt *s = sqlite_statement(store, STORE_RECOVER_COUNTER);
        (void)sqlite3_bind_int64(s, 1, recovery->counters[i].vendor_id);
        sqlite_bind_text(s, 2, recovery->counters[i].pattern);
        (void)sqlite3_bind_int64(s, 3, recovery->numbers_lost);
        TRY(sqlite_run(store, s));
    }
    return STATUS_OK;
}

/* No unit gets the values of another that was made and is not known any more. Rows that name their
 * unit stay: it is the only one that gets them. */
static status_t write_off_rows(struct store *store, uint32_t lost)
{
    static const enum store_statement STEPS[] = {STORE_RECOVER_ROW_DAYS, STORE_RECOVER_ROW_COUNTS,
                                                 STORE_RECOVER_SEALED, STORE_RECOVER_ROWS};
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        sqlite3_stmt *s = sqlite_statement(store, STEPS[i]);
        (void)sqlite3_bind_int64(s, 1, lost);
        TRY(sqlite_run(store, s));
    }
    return STATUS_OK;
}

static status_t set_origin(struct store *store, const char *origin)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_META_PUT);
    sqlite_bind_text(s, 1, "origin");
    sqlite_bind_text(s, 2, origin);
    return sqlite_run(store, s);
}

/* What the log's key signed for the old origin is over; what two people have not looked at stands
 * still. */
static status_t stop_all(struct store *store)
{
    static const enum store_statement STOPS[] = {STORE_RECOVER_ORDERS, STORE_RECOVER_CHECKPOINTS};
    for (size_t i = 0; i < sizeof(STOPS) / sizeof(STOPS[0]); i++) {
        TRY(sqlite_run(store, sqlite_statement(store, STOPS[i])));
    }
    return STATUS_OK;
}

static status_t keep_change(struct store *store, const struct store_recovery *recovery)
{
    struct store_change change = *recovery->change;
    TRY(store_content_put(store, recovery->content, change.content));
    TRY(store_change_put(store, &change));
    return store_change_apply(store, &change);
}

/* The recovery's own entries, then each unit's. */
static status_t add_entries(struct store *store, const struct store_recovery *recovery,
                            struct problem *problem)
{
    for (size_t i = 0; i < recovery->entry_count; i++) {
        TRY(sqlite_append_leaf(store, buf_span(&recovery->entries[i]), recovery->now_ms));
    }
    for (size_t i = 0; i < recovery->unit_count; i++) {
        const struct store_recovery_unit *unit = &recovery->units[i];
        bool known = false;
        if (unit->verdict == STORE_RECOVERY_FITS) {
            TRY(add_unit(store, &unit->unit, recovery->now_ms, &known, problem));
            TRY(store_trace_put(store, unit->unit.record_id, buf_span(&unit->leaf),
                                recovery->now_ms));
        }
    }
    return STATUS_OK;
}

static status_t recover(struct store *store, const struct store_recovery *recovery,
                        struct problem *problem)
{
    TRY(sqlite_check_clock(store, recovery->now_ms, problem));
    TRY(check_place(store, recovery, problem));
    TRY(stop_all(store));
    TRY(keep_change(store, recovery));
    TRY(add_entries(store, recovery, problem));
    for (size_t i = 0; i < recovery->issuer_count; i++) {
        TRY(move_lists(store, recovery->issuers[i], recovery->lists_lost));
    }
    TRY(move_counters(store, recovery));
    TRY(write_off_rows(store, recovery->numbers_lost));
    return set_origin(store, recovery->origin);
}

status_t store_recover(struct store *store, const struct store_recovery *recovery,
                       struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, recover(store, recovery, problem), problem);
}

#include "server/store/revocation.h"

#include "server/store/sqlite.h"
#include "server/store/trace.h"

static bool is_given(const char *text)
{
    return text[0] != '\0';
}

/* The statement whose index the selection is found by. */
static sqlite3_stmt *statement_for(struct store *store, const struct store_selection *selection)
{
    sqlite3_stmt *s = NULL;
    if (selection->dac_serial.size > 0) {
        s = sqlite_statement(store, STORE_REVOCABLE_BY_SERIAL);
    } else if (is_given(selection->unit_id)) {
        s = sqlite_statement(store, STORE_REVOCABLE_BY_UNIT);
    } else if (is_given(selection->order)) {
        s = sqlite_statement(store, STORE_REVOCABLE_BY_ORDER);
    } else {
        s = sqlite_statement(store, STORE_REVOCABLE_BY_TIME);
    }
    sqlite_bind_text(s, 1, selection->unit_id);
    sqlite_bind_span(s, 2, selection->dac_serial);
    sqlite_bind_text(s, 3, selection->order);
    sqlite_bind_text(s, 4, selection->station);
    (void)sqlite3_bind_int64(s, 5, selection->from_ms);
    (void)sqlite3_bind_int64(s, 6, selection->until_ms);
    return s;
}

static status_t read_revocable(sqlite3_stmt *s, struct store_revocable *ret_unit)
{
    struct store_revocable unit = {
        .row = sqlite3_column_int64(s, 0),
        .state = (enum store_unit_state)sqlite3_column_int(s, 5),
    };
    TRY(sqlite_column_exact(s, 1, unit.dac_serial, sizeof(unit.dac_serial)));
    TRY(sqlite_column_exact(s, 2, unit.record_id, sizeof(unit.record_id)));
    TRY(sqlite_column_text_into(s, 3, unit.order, sizeof(unit.order)));
    TRY(sqlite_column_text_into(s, 4, unit.unit_id, sizeof(unit.unit_id)));
    *ret_unit = unit;
    return STATUS_OK;
}

status_t store_revocation_select(struct store *store, const struct store_selection *selection,
                                 store_revocable_visit_t *visit, void *context)
{
    sqlite3_stmt *s = statement_for(store, selection);
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, s)) == STATUS_OK) {
        struct store_revocable unit;
        status = read_revocable(s, &unit);
        if (status == STATUS_OK) {
            status = visit(context, &unit, sqlite_column_span(s, 6));
        }
    }
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t store_revocation_put(struct store *store, const struct store_revocable *unit,
                              const struct store_revocation *revocation, struct span leaf,
                              int64_t now_ms)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_UNIT_REVOKE);
    (void)sqlite3_bind_int64(s, 1, unit->row);
    sqlite_bind_span(s, 2, SPAN_OF(revocation->dac_serial));
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != 1) {
        return STATUS_ABORTED;
    }
    s = sqlite_statement(store, STORE_REVOCATION_PUT);
    sqlite_bind_span(s, 1, SPAN_OF(revocation->issuer));
    sqlite_bind_span(s, 2, SPAN_OF(revocation->dac_serial));
    (void)sqlite3_bind_int64(s, 3, revocation->reason);
    (void)sqlite3_bind_int64(s, 4, revocation->time);
    sqlite_bind_span(s, 5, SPAN_OF(revocation->change_id));
    TRY(sqlite_run(store, s));
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_revocation_count(struct store *store, const uint8_t issuer[static STORE_ISSUER_SIZE],
                                uint32_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_REVOCATION_COUNT);
    sqlite_bind_span(s, 1, span_make(issuer, STORE_ISSUER_SIZE));
    TRY(sqlite_row(store, s));
    *ret_count = (uint32_t)sqlite3_column_int64(s, 0);
    sqlite_end(s);
    return STATUS_OK;
}

status_t store_revocation_list(struct store *store, const uint8_t issuer[static STORE_ISSUER_SIZE],
                               store_revocation_visit_t *visit, void *context)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_REVOCATION_LIST);
    sqlite_bind_span(s, 1, span_make(issuer, STORE_ISSUER_SIZE));
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, s)) == STATUS_OK) {
        struct store_revocation revocation = {
            .reason = sqlite3_column_int(s, 1),
            .time = sqlite3_column_int64(s, 2),
        };
        memcpy(revocation.issuer, issuer, STORE_ISSUER_SIZE);
        status = sqlite_column_exact(s, 0, revocation.dac_serial, sizeof(revocation.dac_serial));
        if (status == STATUS_OK) {
            status = visit(context, &revocation);
        }
    }
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

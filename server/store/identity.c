#include "server/store/change.h"
#include "server/store/sqlite.h"

static status_t read_row(sqlite3_stmt *statement, struct store_identity *ret_identity)
{
    struct store_identity identity = {
        .role = sqlite3_column_int(statement, 0),
        .blocked = sqlite3_column_int(statement, 2) != 0,
        .not_after = sqlite3_column_int64(statement, 4),
        .enrolled_ms = sqlite3_column_int64(statement, 5),
    };
    struct span spki = sqlite_column_span(statement, 3);
    if (spki.size > sizeof(identity.spki)) {
        return STATUS_DATA_LOSS;
    }
    if (spki.size > 0) {
        memcpy(identity.spki, spki.data, spki.size);
    }
    identity.spki_size = spki.size;
    TRY(sqlite_column_text_into(statement, 1, identity.line, sizeof(identity.line)));
    TRY(sqlite_column_exact(statement, 6, identity.change_id, sizeof(identity.change_id)));
    TRY(sqlite_column_text_into(statement, 7, identity.id, sizeof(identity.id)));
    *ret_identity = identity;
    return STATUS_OK;
}

status_t store_identity_get(struct store *store, struct span id,
                            struct store_identity *ret_identity)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_GET);
    (void)sqlite3_bind_text(statement, 1, (const char *)id.data, (int)id.size, SQLITE_STATIC);
    TRY(sqlite_row(store, statement));
    status_t status = read_row(statement, ret_identity);
    sqlite_end(statement);
    return status;
}

status_t store_identity_set(struct store *store, const struct store_identity *identity,
                            struct span certificate)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_PUT);
    sqlite_bind_text(statement, 1, identity->id);
    (void)sqlite3_bind_int64(statement, 2, identity->role);
    sqlite_bind_text(statement, 3, identity->line);
    (void)sqlite3_bind_int64(statement, 4, identity->blocked);
    sqlite_bind_span(statement, 5, span_make(identity->spki, identity->spki_size));
    (void)sqlite3_bind_int64(statement, 6, identity->not_after);
    (void)sqlite3_bind_int64(statement, 7, identity->enrolled_ms);
    sqlite_bind_span(statement, 8, SPAN_OF(identity->change_id));
    sqlite_bind_span(statement, 9, certificate);
    return sqlite_run(store, statement);
}

status_t store_identity_block(struct store *store, const struct store_identity *identity)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_BLOCK);
    sqlite_bind_text(statement, 1, identity->id);
    sqlite_bind_span(statement, 2, SPAN_OF(identity->change_id));
    return sqlite_run(store, statement);
}

status_t store_identity_put(struct store *store, const struct store_identity *identity,
                            struct span leaf, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    status_t status = store_identity_set(store, identity, (struct span){0});
    if (status == STATUS_OK) {
        status = sqlite_append_leaf(store, leaf, identity->enrolled_ms);
    }
    return sqlite_finish(store, status, problem);
}

status_t store_identity_certificate(struct store *store, const char *id,
                                    struct buf *ret_certificate)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_CERTIFICATE);
    sqlite_bind_text(statement, 1, id);
    TRY(sqlite_row(store, statement));
    buf_append_span(ret_certificate, sqlite_column_span(statement, 0));
    sqlite_end(statement);
    return buf_status(ret_certificate);
}

status_t store_identity_intend(struct store *store, const char *id, struct span tbs)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_INTEND);
    sqlite_bind_text(statement, 1, id);
    sqlite_bind_span(statement, 2, tbs);
    return sqlite_run(store, statement);
}

status_t store_identity_intent(struct store *store, const char *after,
                               struct store_identity *ret_identity, struct buf *ret_tbs)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_INTENT);
    sqlite_bind_text(statement, 1, after);
    TRY(sqlite_row(store, statement));
    status_t status = read_row(statement, ret_identity);
    buf_append_span(ret_tbs, sqlite_column_span(statement, 8));
    sqlite_end(statement);
    return status == STATUS_OK ? buf_status(ret_tbs) : status;
}

status_t store_identity_drop(struct store *store, const char *id, struct span tbs)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_DROP);
    sqlite_bind_text(statement, 1, id);
    sqlite_bind_span(statement, 2, tbs);
    return sqlite_run(store, statement);
}

static status_t certify(struct store *store, const struct store_certified *certified,
                        int64_t now_ms, bool *ret_recorded)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_CERTIFIED);
    sqlite_bind_text(statement, 1, certified->id);
    sqlite_bind_span(statement, 2, certified->certificate);
    sqlite_bind_span(statement, 3, certified->tbs);
    TRY(sqlite_run(store, statement));
    *ret_recorded = sqlite_changes(store) == 1;
    return *ret_recorded ? sqlite_append_leaf(store, certified->leaf, now_ms) : STATUS_OK;
}

status_t store_identity_certified(struct store *store, const struct store_certified *certified,
                                  int64_t now_ms, bool *ret_recorded, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, certify(store, certified, now_ms, ret_recorded), problem);
}

status_t store_identity_key_used(struct store *store, const struct store_identity *identity)
{
    if (identity->spki_size == 0) {
        return STATUS_NOT_FOUND;
    }
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_KEY);
    sqlite_bind_span(statement, 1, span_make(identity->spki, identity->spki_size));
    sqlite_bind_text(statement, 2, identity->id);
    TRY(sqlite_row(store, statement));
    sqlite_end(statement);
    return STATUS_OK;
}

status_t store_identity_others(struct store *store, const struct store_identity *identity,
                               unsigned *ret_count)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_OTHERS);
    (void)sqlite3_bind_int64(statement, 1, identity->role);
    sqlite_bind_text(statement, 2, identity->id);
    TRY(sqlite_row(store, statement));
    *ret_count = (unsigned)sqlite3_column_int(statement, 0);
    sqlite_end(statement);
    return STATUS_OK;
}

status_t store_identity_list(struct store *store, const char *after, unsigned count,
                             store_identity_visit_t *visit, void *context)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_IDENTITY_LIST);
    sqlite_bind_text(statement, 1, after);
    (void)sqlite3_bind_int64(statement, 2, count);
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, statement)) == STATUS_OK) {
        struct store_identity identity;
        status = read_row(statement, &identity);
        if (status == STATUS_OK) {
            status = visit(context, &identity);
        }
    }
    sqlite_end(statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

#include "lib/base/digest.h"
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

status_t sqlite_put_identity(struct store *store, const struct store_identity *identity)
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
    return sqlite_run(store, statement);
}

status_t sqlite_put_content(struct store *store, struct span bytes,
                            uint8_t ret_sha256[static STORE_DIGEST_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(bytes, digest);
    sqlite3_stmt *statement = sqlite_statement(store, STORE_CONTENT_PUT);
    sqlite_bind_span(statement, 1, SPAN_OF(digest));
    sqlite_bind_span(statement, 2, bytes);
    TRY(sqlite_run(store, statement));
    memcpy(ret_sha256, digest, sizeof(digest));
    return STATUS_OK;
}

status_t store_identity_put(struct store *store, const struct store_identity *identity,
                            struct span leaf, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    status_t status = sqlite_put_identity(store, identity);
    if (status == STATUS_OK) {
        status = sqlite_append_leaf(store, leaf, identity->enrolled_ms);
    }
    return sqlite_finish(store, status, problem);
}

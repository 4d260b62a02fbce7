#include "lib/base/digest.h"
#include "server/store/sqlite.h"

/* Variants share the revisions of their product. */
static void bind_name(sqlite3_stmt *statement, const char *name)
{
    size_t size = strcspn(name, "/");
    (void)sqlite3_bind_text(statement, 1, name, (int)size, SQLITE_TRANSIENT);
}

status_t store_product_newest(struct store *store, const char *name, uint32_t *ret_revision)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_NEWEST);
    bind_name(statement, name);
    TRY(sqlite_row(store, statement));
    *ret_revision = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite_end(statement);
    return STATUS_OK;
}

/* *ret_revision is the newest (0: none), *ret_same whether it has this digest. */
static status_t newest(struct store *store, const char *name, struct span digest,
                       uint32_t *ret_revision, bool *ret_same)
{
    *ret_revision = 0;
    *ret_same = false;
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_NEWEST);
    sqlite_bind_text(statement, 1, name);
    status_t status = sqlite_row(store, statement);
    if (status == STATUS_OK) {
        *ret_revision = (uint32_t)sqlite3_column_int64(statement, 0);
        *ret_same = span_equal(sqlite_column_span(statement, 1), digest);
        sqlite_end(statement);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t insert(struct store *store, const char *name, uint32_t revision,
                       struct span content, struct span digest, int64_t now_ms)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_PUT);
    sqlite_bind_text(statement, 1, name);
    (void)sqlite3_bind_int64(statement, 2, revision);
    sqlite_bind_span(statement, 3, content);
    sqlite_bind_span(statement, 4, digest);
    (void)sqlite3_bind_int64(statement, 5, now_ms);
    return sqlite_run(store, statement);
}

status_t store_product_put(struct store *store, const char *name, struct span content,
                           struct span leaf, int64_t now_ms, uint32_t *ret_revision, bool *ret_new,
                           struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(content, digest);
    uint32_t revision = 0;
    bool same = false;
    TRY(sqlite_begin(store, problem));
    status_t status = newest(store, name, SPAN_OF(digest), &revision, &same);
    if (status == STATUS_OK && !same) {
        revision++;
        status = insert(store, name, revision, content, SPAN_OF(digest), now_ms);
    }
    if (status == STATUS_OK && !same) {
        status = sqlite_append_leaf(store, leaf, now_ms);
    }
    TRY(sqlite_finish(store, status, problem));
    *ret_revision = revision;
    *ret_new = !same;
    return STATUS_OK;
}

status_t store_product_get(struct store *store, const char *name, uint32_t revision,
                           struct buf *ret_content, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_GET);
    bind_name(statement, name);
    (void)sqlite3_bind_int64(statement, 2, revision);
    TRY(sqlite_row(store, statement));
    struct span content = sqlite_column_span(statement, 0);
    uint8_t digest[SHA256_SIZE];
    digest_sha256(content, digest);
    bool sound = span_equal(sqlite_column_span(statement, 1), SPAN_OF(digest));
    buf_append_span(ret_content, content);
    sqlite_end(statement);
    if (!sound) {
        return problem_say(problem, STATUS_DATA_LOSS, "PRODUCT_CORRUPTED", "product",
                           "revision %u of %s differs from its recorded digest: restore the store",
                           revision, name);
    }
    return buf_status(ret_content);
}

#include <stdio.h>

#include "lib/base/digest.h"
#include "server/store/change.h"
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

status_t store_product_add(struct store *store, const struct store_product *product,
                           struct span content)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(content, digest);
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_PUT);
    sqlite_bind_text(statement, 1, product->name);
    (void)sqlite3_bind_int64(statement, 2, product->revision);
    sqlite_bind_span(statement, 3, content);
    sqlite_bind_span(statement, 4, SPAN_OF(digest));
    (void)sqlite3_bind_int64(statement, 5, product->created_ms);
    (void)sqlite3_bind_int64(statement, 6, product->product_class);
    sqlite_bind_span(statement, 7, SPAN_OF(product->change_id));
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
        struct store_product product = {.revision = revision, .created_ms = now_ms};
        (void)snprintf(product.name, sizeof(product.name), "%s", name);
        status = store_product_add(store, &product, content);
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

static status_t read_about(sqlite3_stmt *statement, struct store_product *ret_product)
{
    struct store_product product = {
        .revision = (uint32_t)sqlite3_column_int64(statement, 1),
        .product_class = sqlite3_column_int(statement, 2),
        .created_ms = sqlite3_column_int64(statement, 4),
    };
    TRY(sqlite_column_text_into(statement, 0, product.name, sizeof(product.name)));
    TRY(sqlite_column_exact(statement, 3, product.change_id, sizeof(product.change_id)));
    *ret_product = product;
    return STATUS_OK;
}

status_t store_product_about(struct store *store, const char *name, uint32_t revision,
                             struct store_product *ret_product)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_ABOUT);
    bind_name(statement, name);
    (void)sqlite3_bind_int64(statement, 2, revision);
    TRY(sqlite_row(store, statement));
    status_t status = read_about(statement, ret_product);
    sqlite_end(statement);
    return status;
}

status_t store_product_list(struct store *store, const char *after_name, uint32_t after_revision,
                            unsigned count, store_product_visit_t *visit, void *context)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_PRODUCT_LIST);
    sqlite_bind_text(statement, 1, after_name);
    (void)sqlite3_bind_int64(statement, 2, after_revision);
    (void)sqlite3_bind_int64(statement, 3, count);
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, statement)) == STATUS_OK) {
        struct store_product product;
        status = read_about(statement, &product);
        if (status == STATUS_OK) {
            status = visit(context, &product);
        }
    }
    sqlite_end(statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

#include "lib/base/digest.h"
#include "server/store/change.h"
#include "server/store/sqlite.h"

status_t store_content_put(struct store *store, struct span bytes,
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

status_t store_content_get(struct store *store, const uint8_t sha256[static STORE_DIGEST_SIZE],
                           struct buf *ret_bytes)
{
    uint8_t digest[SHA256_SIZE];
    sqlite3_stmt *statement = sqlite_statement(store, STORE_CONTENT_GET);
    sqlite_bind_span(statement, 1, span_make(sha256, STORE_DIGEST_SIZE));
    TRY(sqlite_row(store, statement));
    struct span bytes = sqlite_column_span(statement, 0);
    digest_sha256(bytes, digest);
    buf_append_span(ret_bytes, bytes);
    sqlite_end(statement);
    TRY(buf_status(ret_bytes));
    return memcmp(digest, sha256, sizeof(digest)) == 0 ? STATUS_OK : STATUS_DATA_LOSS;
}

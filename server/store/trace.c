#include "server/store/trace.h"

#include "server/store/sqlite.h"

status_t store_trace_put(struct store *store, const uint8_t record_id[static STORE_RECORD_ID_SIZE],
                         struct span leaf, int64_t now_ms)
{
    TRY(sqlite_append_leaf(store, leaf, now_ms));
    int64_t sequence = sqlite3_last_insert_rowid(store->database); /* of the leaf */
    sqlite3_stmt *s = sqlite_statement(store, STORE_TRACE_PUT);
    sqlite_bind_span(s, 1, span_make(record_id, STORE_RECORD_ID_SIZE));
    (void)sqlite3_bind_int64(s, 2, sequence);
    return sqlite_run(store, s);
}

status_t store_trace_list(struct store *store, const uint8_t record_id[static STORE_RECORD_ID_SIZE],
                          size_t most, uint64_t *ret_entries, size_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_TRACE_LIST);
    status_t status = STATUS_OK;
    size_t count = 0;
    sqlite_bind_span(s, 1, span_make(record_id, STORE_RECORD_ID_SIZE));
    (void)sqlite3_bind_int64(s, 2, (int64_t)most);
    while (count < most && (status = sqlite_row(store, s)) == STATUS_OK) {
        ret_entries[count++] = (uint64_t)sqlite3_column_int64(s, 0);
    }
    sqlite_end(s);
    *ret_count = count;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

#include "server/store/data.h"

#include "server/store/sqlite.h"

void store_data_row_done(struct store_data_row *row)
{
    buf_done(&row->sealed);
    *row = (struct store_data_row){0};
}

static void bind_upload(sqlite3_stmt *s, const char *order, const uint8_t *upload)
{
    sqlite_bind_text(s, 1, order);
    sqlite_bind_span(s, 2, span_make(upload, STORE_DATA_UPLOAD_SIZE));
}

/* ---- staging ---- */

static status_t insert(struct store *store, const struct store_data_row *row, int64_t now_ms)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_PUT);
    bind_upload(s, row->order, row->upload);
    (void)sqlite3_bind_int64(s, 3, row->number);
    sqlite_bind_text(s, 4, row->unit_id);
    sqlite_bind_text(s, 5, row->hardware_id);
    sqlite_bind_text(s, 6, row->serial_number);
    (void)sqlite3_bind_int64(s, 7, row->vendor_id);
    if (row->has_key) {
        sqlite_bind_span(s, 8, SPAN_OF(row->public_key));
    }
    sqlite_bind_span(s, 9, SPAN_OF(row->sha256));
    sqlite_bind_text(s, 10, row->seal_day);
    (void)sqlite3_bind_int64(s, 11, (int64_t)row->sealed.size);
    (void)sqlite3_bind_int64(s, 12, now_ms);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_SEALED_PUT);
    (void)sqlite3_bind_int64(s, 1, sqlite3_last_insert_rowid(store->database));
    sqlite_bind_span(s, 2, buf_span(&row->sealed));
    return sqlite_run(store, s);
}

static status_t change_count(struct store *store, enum store_statement statement, const char *order,
                             int64_t count)
{
    sqlite3_stmt *s = sqlite_statement(store, statement);
    sqlite_bind_text(s, 1, order);
    (void)sqlite3_bind_int64(s, 2, count);
    TRY(sqlite_run(store, s));
    return sqlite_changes(store) == 1 ? STATUS_OK : STATUS_ABORTED;
}

/* Staged rows of other uploads, and of this one from the first row's number on; so many at most. */
static status_t remove_piece(struct store *store, const struct store_data_row *first,
                             unsigned *ret_count)
{
    char day[11];
    unsigned count = 0;
    int64_t bytes = 0;
    status_t status = STATUS_OK;
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_STAGED_GO);
    bind_upload(s, first->order, first->upload);
    (void)sqlite3_bind_int64(s, 3, first->number);
    (void)sqlite3_bind_int64(s, 4, STORE_DATA_ERASE_MAX);
    while (status == STATUS_OK && (status = sqlite_row(store, s)) == STATUS_OK) {
        count++;
        bytes += sqlite3_column_int64(s, 1);
        status = sqlite_column_text_into(s, 0, day, sizeof(day));
        if (status == STATUS_OK) {
            status = sqlite_seal_day(store, day, -1);
        }
    }
    sqlite_end(s);
    *ret_count = count;
    if (status != STATUS_NOT_FOUND || count == 0) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    return change_count(store, STORE_STAGED_LESS, first->order, bytes);
}

/* A transaction for each piece: whoever waits for the store comes between. */
static status_t remove_staged(struct store *store, const struct store_data_row *first,
                              struct problem *problem)
{
    unsigned count = STORE_DATA_ERASE_MAX;
    while (count == STORE_DATA_ERASE_MAX) {
        TRY(sqlite_begin(store, problem));
        TRY(sqlite_finish(store, remove_piece(store, first, &count), problem));
    }
    return STATUS_OK;
}

/* Rows of the upload that are there; their numbers have no gaps. */
static status_t count_staged(struct store *store, const struct store_data_row *first,
                             uint32_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_STAGED_LAST);
    bind_upload(s, first->order, first->upload);
    status_t status = sqlite_row(store, s);
    *ret_count = status == STATUS_OK ? (uint32_t)sqlite3_column_int64(s, 0) + 1 : 0;
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t check_bytes(struct store *store, const char *order, int64_t bytes,
                            struct problem *problem)
{
    enum { MIB = 1024 * 1024 };
    sqlite3_stmt *s = sqlite_statement(store, STORE_STAGED_SUM);
    sqlite_bind_text(s, 1, order);
    TRY(sqlite_row(store, s));
    int64_t all = sqlite3_column_int64(s, 0);
    int64_t upload = sqlite3_column_int64(s, 1);
    sqlite_end(s);
    if (upload + bytes > STORE_DATA_UPLOAD_BYTES_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "UPLOAD_BYTES", "rows",
                           "an upload has at most %d MiB: import the file in several",
                           STORE_DATA_UPLOAD_BYTES_MAX / MIB);
    }
    if (all + bytes > STORE_DATA_STAGED_BYTES_MAX) {
        return problem_say(problem, STATUS_EXHAUSTED, "STAGED_BYTES", "rows",
                           "uploads that nobody signed for fill the %d MiB there are for them: "
                           "have them imported; they are forgotten within a day",
                           STORE_DATA_STAGED_BYTES_MAX / MIB);
    }
    return STATUS_OK;
}

/* Rows that were checked against another revision are not the order's. */
static status_t add_bytes(struct store *store, const struct store_data_row *first, int64_t bytes,
                          struct problem *problem)
{
    TRY(check_bytes(store, first->order, bytes, problem));
    sqlite3_stmt *s = sqlite_statement(store, STORE_STAGED_MORE);
    sqlite_bind_text(s, 1, first->order);
    (void)sqlite3_bind_int64(s, 2, bytes);
    (void)sqlite3_bind_int64(s, 3, first->product_revision);
    TRY(sqlite_run(store, s));
    return sqlite_changes(store) == 1
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "ORDER_CHANGED", "order",
                             "order %s was amended or closed just now: import the file again",
                             first->order);
}

static status_t stage(struct store *store, const struct store_data_row *rows, size_t count,
                      int64_t now_ms, struct problem *problem)
{
    uint32_t before = 0;
    unsigned removed = 0;
    int64_t bytes = 0;
    TRY(remove_piece(store, &rows[0], &removed)); /* none, unless two upload at once */
    if (removed == STORE_DATA_ERASE_MAX) {
        return STATUS_ABORTED;
    }
    TRY(count_staged(store, &rows[0], &before));
    if (before != rows[0].number) {
        return problem_say(problem, STATUS_REFUSED, "UPLOAD_UNKNOWN", "first_row",
                           "the rows before these are not here, another upload for the order has "
                           "begun or too much time has passed: import the file again");
    }
    for (size_t i = 0; i < count; i++) {
        status_t status = insert(store, &rows[i], now_ms);
        if (status == STATUS_EXISTS) { /* its number, as one that was imported */
            return problem_say(problem, status, "UPLOAD_USED", "upload",
                               "this upload was imported before: begin another");
        }
        TRY(status);
        TRY(sqlite_seal_day(store, rows[i].seal_day, 1)); /* midnight may lie between two */
        bytes += (int64_t)rows[i].sealed.size;
    }
    return add_bytes(store, &rows[0], bytes, problem);
}

status_t store_data_stage(struct store *store, const struct store_data_row *rows, size_t count,
                          int64_t now_ms, struct problem *problem)
{
    TRY(remove_staged(store, &rows[0], problem));
    TRY(sqlite_begin(store, problem));
    status_t status = sqlite_check_clock(store, now_ms, problem);
    if (status == STATUS_OK) {
        status = stage(store, rows, count, now_ms, problem);
    }
    return sqlite_finish(store, status, problem);
}

status_t store_data_staged(struct store *store, const char *order,
                           const uint8_t upload[static STORE_DATA_UPLOAD_SIZE],
                           struct buf *ret_sha256s, uint32_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_STAGED);
    bind_upload(s, order, upload);
    uint32_t count = 0;
    status_t status = STATUS_OK;
    while ((status = sqlite_row(store, s)) == STATUS_OK &&
           sqlite3_column_int64(s, 0) == (int64_t)count) {
        count++;
        buf_append_span(ret_sha256s, sqlite_column_span(s, 1));
    }
    sqlite_end(s);
    if (status != STATUS_NOT_FOUND) { /* a gap: never written so */
        return status == STATUS_OK ? STATUS_DATA_LOSS : status;
    }
    *ret_count = count;
    return buf_status(ret_sha256s);
}

/* ---- importing ---- */

status_t store_data_clash(struct store *store, const char *order,
                          const uint8_t upload[static STORE_DATA_UPLOAD_SIZE], uint32_t *ret_number,
                          char ret_field[static 16])
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_CLASH);
    bind_upload(s, order, upload);
    TRY(sqlite_row(store, s));
    *ret_number = (uint32_t)sqlite3_column_int64(s, 0);
    status_t status = sqlite_column_text_into(s, 1, ret_field, 16);
    sqlite_end(s);
    return status;
}

status_t store_data_import(struct store *store, const char *order,
                           const uint8_t upload[static STORE_DATA_UPLOAD_SIZE],
                           const uint8_t change_id[static STORE_DIGEST_SIZE], uint32_t count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_IMPORT);
    bind_upload(s, order, upload);
    sqlite_bind_span(s, 3, span_make(change_id, STORE_DIGEST_SIZE));
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != (int)count) {
        return STATUS_ABORTED;
    }
    return change_count(store, STORE_ORDER_DATA_MORE, order, count);
}

/* ---- taking ---- */

static status_t read_row(sqlite3_stmt *s, const char *order, struct store_data_row *row)
{
    row->row = sqlite3_column_int64(s, 0);
    row->number = (uint32_t)sqlite3_column_int64(s, 2);
    if (strlen(order) >= sizeof(row->order)) {
        return STATUS_NOT_FOUND;
    }
    memcpy(row->order, order, strlen(order) + 1);
    TRY(sqlite_column_exact(s, 1, row->upload, sizeof(row->upload)));
    TRY(sqlite_column_text_into(s, 3, row->unit_id, sizeof(row->unit_id)));
    TRY(sqlite_column_text_into(s, 4, row->hardware_id, sizeof(row->hardware_id)));
    TRY(sqlite_column_text_into(s, 5, row->seal_day, sizeof(row->seal_day)));
    buf_init(&row->sealed, STORE_BLOB_MAX);
    buf_append_span(&row->sealed, sqlite_column_span(s, 6));
    return buf_status(&row->sealed);
}

/* Reads the one row that the statement finds. */
static status_t read_one(struct store *store, sqlite3_stmt *s, const char *order,
                         struct store_data_row *ret_row)
{
    AUTO(store_data_row_done) struct store_data_row row = {0};
    TRY(sqlite_row(store, s));
    status_t status = read_row(s, order, &row);
    if (status == STATUS_OK && sqlite_row(store, s) == STATUS_OK) {
        status = STATUS_EXISTS;
    }
    sqlite_end(s);
    TRY(status);
    *ret_row = row;
    row = (struct store_data_row){0};
    return STATUS_OK;
}

status_t store_data_find(struct store *store, const struct store_data_wanted *wanted,
                         struct store_data_row *ret_row)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_NAMED);
    sqlite_bind_text(s, 1, wanted->order);
    sqlite_bind_text(s, 2, wanted->unit_id);
    sqlite_bind_text(s, 3, wanted->hardware_id[0] != '\0' ? wanted->hardware_id : "-");
    status_t status = read_one(store, s, wanted->order, ret_row);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    s = sqlite_statement(store, STORE_ROW_NEXT);
    sqlite_bind_text(s, 1, wanted->order);
    (void)sqlite3_bind_int64(s, 2, wanted->skip);
    return read_one(store, s, wanted->order, ret_row);
}

status_t sqlite_data_check(struct store *store, const struct store_unit *unit,
                           struct problem *problem)
{
    if (unit->data_row == 0) {
        return STATUS_OK;
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_FREE);
    (void)sqlite3_bind_int64(s, 1, unit->data_row);
    sqlite_bind_text(s, 2, unit->order);
    status_t status = sqlite_row(store, s);
    sqlite_end(s);
    return status != STATUS_NOT_FOUND
               ? status
               : problem_say(problem, STATUS_ABORTED, "ROW_RACE", "unit",
                             "another unit took this row of order data: try again");
}

status_t sqlite_data_take(struct store *store, const struct store_unit *unit)
{
    if (unit->data_row == 0) {
        return STATUS_OK;
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_TAKE);
    (void)sqlite3_bind_int64(s, 1, unit->data_row);
    (void)sqlite3_bind_int64(s, 2, unit->row);
    sqlite_bind_text(s, 3, unit->order);
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != 1) {
        return STATUS_ABORTED;
    }
    s = sqlite_statement(store, STORE_SEALED_GO);
    (void)sqlite3_bind_int64(s, 1, unit->data_row);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_ROW_DAY_LESS);
    (void)sqlite3_bind_int64(s, 1, unit->data_row);
    TRY(sqlite_run(store, s));
    return change_count(store, STORE_ORDER_DATA_USED, unit->order, 1);
}

/* ---- erasing ---- */

status_t store_data_forget(struct store *store, int64_t before_ms, struct problem *problem)
{
    static const uint8_t NO_UPLOAD[STORE_DATA_UPLOAD_SIZE];
    struct store_data_row all = {.number = 0};
    memcpy(all.upload, NO_UPLOAD, sizeof(all.upload));
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_STAGED_OLD);
    (void)sqlite3_bind_int64(s, 1, before_ms);
    TRY(sqlite_row(store, s));
    status_t status = sqlite_column_text_into(s, 0, all.order, sizeof(all.order));
    sqlite_end(s);
    TRY(status);
    unsigned count = 0;
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, remove_piece(store, &all, &count), problem);
}

status_t store_data_due(struct store *store, struct store_data_due *ret_due)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_DUE_DAY);
    TRY(sqlite_row(store, s));
    status_t status = sqlite_column_text_into(s, 0, ret_due->order, sizeof(ret_due->order));
    if (status == STATUS_OK) {
        status = sqlite_column_text_into(s, 1, ret_due->seal_day, sizeof(ret_due->seal_day));
    }
    sqlite_end(s);
    return status;
}

status_t store_data_erase(struct store *store, const struct store_data_due *due,
                          uint32_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_GO);
    sqlite_bind_text(s, 1, due->order);
    sqlite_bind_text(s, 2, due->seal_day);
    (void)sqlite3_bind_int64(s, 3, STORE_DATA_ERASE_MAX);
    TRY(sqlite_run(store, s));
    int count = sqlite_changes(store);
    if (count < 1) {
        return STATUS_ABORTED;
    }
    *ret_count = (uint32_t)count;
    TRY(sqlite_seal_day(store, due->seal_day, -count));
    return change_count(store, STORE_ORDER_DATA_LESS, due->order, count);
}

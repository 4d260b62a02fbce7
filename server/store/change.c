#include "server/store/change.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "server/store/sqlite.h"

status_t store_begin(struct store *store, int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    status_t status = sqlite_check_clock(store, now_ms, problem);
    return status == STATUS_OK ? STATUS_OK : sqlite_finish(store, status, problem);
}

status_t store_end(struct store *store, status_t status, struct problem *problem)
{
    return sqlite_finish(store, status, problem);
}

status_t store_leaf_put(struct store *store, struct span leaf, int64_t now_ms)
{
    return sqlite_append_leaf(store, leaf, now_ms);
}

static struct span signature_of(const struct store_signed *statement)
{
    return span_make(statement->signature, statement->signature_size);
}

status_t store_change_put(struct store *store, const struct store_change *change)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_PUT);
    sqlite_bind_span(s, 1, SPAN_OF(change->id));
    sqlite_bind_text(s, 2, change->kind);
    sqlite_bind_text(s, 3, change->subject);
    (void)sqlite3_bind_int64(s, 4, STORE_CHANGE_WAITING);
    (void)sqlite3_bind_int64(s, 5, change->needs_second);
    sqlite_bind_text(s, 6, change->reason);
    (void)sqlite3_bind_int64(s, 7, change->product_class);
    sqlite_bind_span(s, 8, SPAN_OF(change->content));
    sqlite_bind_span(s, 9, SPAN_OF(change->previous));
    sqlite_bind_text(s, 10, change->proposal.text);
    sqlite_bind_span(s, 11, signature_of(&change->proposal));
    (void)sqlite3_bind_int64(s, 12, change->proposed_ms);
    (void)sqlite3_bind_int64(s, 13, change->expires);
    sqlite_bind_text(s, 14, change->person);
    return sqlite_run(store, s);
}

status_t store_change_apply(struct store *store, const struct store_change *change)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_APPLY);
    sqlite_bind_span(s, 1, SPAN_OF(change->id));
    sqlite_bind_text(s, 2, change->approval.text);
    sqlite_bind_span(s, 3, signature_of(&change->approval));
    TRY(sqlite_run(store, s));
    return sqlite_changes(store) == 1 ? STATUS_OK : STATUS_ABORTED;
}

status_t store_change_end(struct store *store, const uint8_t id[static STORE_DIGEST_SIZE],
                          enum store_change_state state)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_END);
    sqlite_bind_span(s, 1, span_make(id, STORE_DIGEST_SIZE));
    (void)sqlite3_bind_int64(s, 2, state);
    TRY(sqlite_run(store, s));
    return sqlite_changes(store) == 1 ? STATUS_OK : STATUS_ABORTED;
}

status_t store_change_waiting(struct store *store, const char *person, int64_t now,
                              unsigned *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_COUNT);
    sqlite_bind_text(s, 1, person);
    (void)sqlite3_bind_int64(s, 2, now);
    TRY(sqlite_row(store, s));
    *ret_count = (unsigned)sqlite3_column_int(s, 0);
    sqlite_end(s);
    return STATUS_OK;
}

static const char CLOCK_JUMP[] = "clock_jump_ms"; /* in meta */

status_t store_clock_jump_get(struct store *store, int64_t *ret_jump_ms)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_META_GET);
    sqlite_bind_text(s, 1, CLOCK_JUMP);
    status_t status = sqlite_row(store, s);
    *ret_jump_ms = status == STATUS_OK ? sqlite3_column_int64(s, 0) : 0;
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t store_clock_jump_set(struct store *store, int64_t jump_ms)
{
    char text[24];
    sqlite3_stmt *s = sqlite_statement(store, STORE_META_PUT);
    (void)snprintf(text, sizeof(text), "%lld", (long long)jump_ms);
    sqlite_bind_text(s, 1, CLOCK_JUMP);
    sqlite_bind_text(s, 2, text);
    return sqlite_run(store, s);
}

status_t store_statement_spend(struct store *store, const struct store_change *change, int64_t now)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_SPENT_OLD);
    (void)sqlite3_bind_int64(s, 1, now - STORE_SPENT_KEEP_S);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_SPENT_PUT);
    sqlite_bind_span(s, 1, SPAN_OF(change->id));
    sqlite_bind_text(s, 2, change->person);
    (void)sqlite3_bind_int64(s, 3, change->expires);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_SPENT_OVER);
    sqlite_bind_text(s, 1, change->person);
    (void)sqlite3_bind_int64(s, 2, STORE_SPENT_MAX);
    return sqlite_run(store, s);
}

status_t store_statement_spent(struct store *store, const uint8_t id[static STORE_DIGEST_SIZE])
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_SPENT_GET);
    sqlite_bind_span(s, 1, span_make(id, STORE_DIGEST_SIZE));
    TRY(sqlite_row(store, s));
    sqlite_end(s);
    return STATUS_OK;
}

static status_t read_statement(sqlite3_stmt *s, int column, struct store_signed *ret_statement)
{
    struct span signature = sqlite_column_span(s, column + 1);
    if (signature.size > sizeof(ret_statement->signature)) {
        return STATUS_DATA_LOSS;
    }
    if (signature.size > 0) {
        memcpy(ret_statement->signature, signature.data, signature.size);
    }
    ret_statement->signature_size = signature.size;
    return sqlite_column_text_into(s, column, ret_statement->text, sizeof(ret_statement->text));
}

static status_t read_row(sqlite3_stmt *s, struct store_change *ret_change)
{
    struct store_change change = {
        .number = sqlite3_column_int64(s, 1),
        .state = (enum store_change_state)sqlite3_column_int(s, 4),
        .needs_second = sqlite3_column_int(s, 5) != 0,
        .product_class = sqlite3_column_int(s, 7),
        .proposed_ms = sqlite3_column_int64(s, 14),
        .expires = sqlite3_column_int64(s, 15),
    };
    TRY(sqlite_column_exact(s, 0, change.id, sizeof(change.id)));
    TRY(sqlite_column_text_into(s, 2, change.kind, sizeof(change.kind)));
    TRY(sqlite_column_text_into(s, 3, change.subject, sizeof(change.subject)));
    TRY(sqlite_column_text_into(s, 6, change.reason, sizeof(change.reason)));
    TRY(sqlite_column_exact(s, 8, change.content, sizeof(change.content)));
    TRY(sqlite_column_exact(s, 9, change.previous, sizeof(change.previous)));
    TRY(read_statement(s, 10, &change.proposal));
    TRY(read_statement(s, 12, &change.approval));
    TRY(sqlite_column_text_into(s, 16, change.person, sizeof(change.person)));
    *ret_change = change;
    return STATUS_OK;
}

static status_t read_one(struct store *store, sqlite3_stmt *s, struct store_change *ret_change)
{
    TRY(sqlite_row(store, s));
    status_t status = read_row(s, ret_change);
    sqlite_end(s);
    return status;
}

status_t store_change_rival(struct store *store, const char *subject, const char *kind,
                            struct store_change *ret_change)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_RIVAL);
    sqlite_bind_text(s, 1, subject);
    sqlite_bind_text(s, 2, kind);
    return read_one(store, s, ret_change);
}

status_t store_change_applied(struct store *store, const char *kind, const char *subject)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_DONE);
    sqlite_bind_text(s, 1, kind);
    sqlite_bind_text(s, 2, subject);
    status_t status = sqlite_row(store, s);
    sqlite_end(s);
    return status;
}

status_t store_change_due(struct store *store, int64_t now, struct store_change *ret_change)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_DUE);
    (void)sqlite3_bind_int64(s, 1, now);
    return read_one(store, s, ret_change);
}

static const size_t ID_DIGITS = (size_t)2 * STORE_DIGEST_SIZE; /* hexadecimal */

/* The prefix with `digit` for what is missing, as an id. */
static status_t fill_up(const char *prefix, char digit, struct buf *ret_id)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, ID_DIGITS);
    size_t length = strlen(prefix);
    if (length < 8 || length > ID_DIGITS) {
        return STATUS_NOT_FOUND;
    }
    buf_init(ret_id, STORE_DIGEST_SIZE);
    buf_append(&text, prefix, length);
    buf_append_fill(&text, (uint8_t)digit, ID_DIGITS - length);
    TRY(buf_status(&text));
    return hex_decode(buf_span(&text), ret_id) == STATUS_OK ? STATUS_OK : STATUS_NOT_FOUND;
}

static status_t find_between(struct store *store, struct span first, struct span last,
                             struct store_change *ret_change)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_FIND);
    sqlite_bind_span(s, 1, first);
    sqlite_bind_span(s, 2, last);
    TRY(sqlite_row(store, s));
    status_t status = read_row(s, ret_change);
    if (status == STATUS_OK && sqlite_row(store, s) == STATUS_OK) {
        status = STATUS_EXISTS;
    }
    sqlite_end(s);
    return status;
}

status_t store_change_find(struct store *store, const char *prefix, struct store_change *ret_change)
{
    AUTO(buf_done) struct buf first = {0};
    AUTO(buf_done) struct buf last = {0};
    TRY(fill_up(prefix, '0', &first));
    TRY(fill_up(prefix, 'f', &last));
    return find_between(store, buf_span(&first), buf_span(&last), ret_change);
}

status_t store_change_list(struct store *store, int state, int64_t alive, int64_t before,
                           unsigned count, store_change_visit_t *visit, void *context)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CHANGE_LIST);
    (void)sqlite3_bind_int64(s, 1, before > 0 ? before : INT64_MAX);
    (void)sqlite3_bind_int64(s, 2, state);
    (void)sqlite3_bind_int64(s, 3, alive);
    (void)sqlite3_bind_int64(s, 4, count);
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, s)) == STATUS_OK) {
        struct store_change change;
        status = read_row(s, &change);
        if (status == STATUS_OK) {
            status = visit(context, &change);
        }
    }
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

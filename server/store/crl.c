#include "server/store/revocation.h"
#include "server/store/sqlite.h"

void store_crl_done(struct store_crl *crl)
{
    buf_done(&crl->tbs);
    buf_done(&crl->signature);
    *crl = (struct store_crl){0};
}

static status_t read_row(sqlite3_stmt *s, struct store_crl *crl)
{
    crl->number = (uint32_t)sqlite3_column_int64(s, 0);
    crl->this_update = sqlite3_column_int64(s, 1);
    crl->next_update = sqlite3_column_int64(s, 2);
    crl->revocations = (uint32_t)sqlite3_column_int64(s, 3);
    buf_init(&crl->tbs, STORE_CRL_MAX);
    buf_init(&crl->signature, STORE_CRL_MAX);
    buf_append_span(&crl->tbs, sqlite_column_span(s, 4));
    buf_append_span(&crl->signature, sqlite_column_span(s, 5));
    TRY(buf_status(&crl->tbs));
    return buf_status(&crl->signature);
}

status_t store_crl_newest(struct store *store, const uint8_t issuer[static STORE_ISSUER_SIZE],
                          struct store_crl *ret_crl)
{
    AUTO(store_crl_done) struct store_crl crl = {0};
    sqlite3_stmt *s = sqlite_statement(store, STORE_CRL_NEWEST);
    sqlite_bind_span(s, 1, span_make(issuer, STORE_ISSUER_SIZE));
    TRY(sqlite_row(store, s));
    status_t status = read_row(s, &crl);
    sqlite_end(s);
    TRY(status);
    memcpy(crl.issuer, issuer, STORE_ISSUER_SIZE);
    *ret_crl = crl;
    crl = (struct store_crl){0};
    return STATUS_OK;
}

/* What the list was built on is still so. */
static status_t check_base(struct store *store, const struct store_crl *crl)
{
    AUTO(store_crl_done) struct store_crl newest = {0};
    uint32_t revocations = 0;
    status_t status = store_crl_newest(store, crl->issuer, &newest);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    bool follows = status == STATUS_NOT_FOUND
                       ? crl->number == 1
                       : newest.signature.size > 0 && crl->number == newest.number + 1;
    TRY(store_revocation_count(store, crl->issuer, &revocations));
    return follows && crl->revocations == revocations ? STATUS_OK : STATUS_ABORTED;
}

static status_t reserve(struct store *store, const struct store_crl *crl, int64_t now_ms,
                        struct problem *problem)
{
    TRY(sqlite_check_clock(store, now_ms, problem));
    TRY(check_base(store, crl));
    sqlite3_stmt *s = sqlite_statement(store, STORE_CRL_PUT);
    sqlite_bind_span(s, 1, SPAN_OF(crl->issuer));
    (void)sqlite3_bind_int64(s, 2, crl->number);
    (void)sqlite3_bind_int64(s, 3, crl->this_update);
    (void)sqlite3_bind_int64(s, 4, crl->next_update);
    (void)sqlite3_bind_int64(s, 5, crl->revocations);
    sqlite_bind_span(s, 6, buf_span(&crl->tbs));
    return sqlite_run(store, s);
}

status_t store_crl_reserve(struct store *store, const struct store_crl *crl, int64_t now_ms,
                           struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, reserve(store, crl, now_ms, problem), problem);
}

static status_t record(struct store *store, const struct store_crl *crl, struct span leaf,
                       int64_t now_ms, bool *ret_recorded)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_CRL_SIGNED);
    sqlite_bind_span(s, 1, SPAN_OF(crl->issuer));
    (void)sqlite3_bind_int64(s, 2, crl->number);
    sqlite_bind_span(s, 3, buf_span(&crl->signature));
    TRY(sqlite_run(store, s));
    *ret_recorded = sqlite_changes(store) == 1;
    if (!*ret_recorded) {
        return STATUS_OK;
    }
    s = sqlite_statement(store, STORE_CRL_OLDER_GO);
    sqlite_bind_span(s, 1, SPAN_OF(crl->issuer));
    (void)sqlite3_bind_int64(s, 2, crl->number);
    TRY(sqlite_run(store, s));
    return sqlite_append_leaf(store, leaf, now_ms);
}

status_t store_crl_record(struct store *store, const struct store_crl *crl, struct span leaf,
                          int64_t now_ms, bool *ret_recorded, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, record(store, crl, leaf, now_ms, ret_recorded), problem);
}

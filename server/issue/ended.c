#include "server/issue/ended.h"

#include "server/issue/authorize.h"
#include "server/issue/leaf.h"

status_t issue_ended(struct store *store, const struct store_change *change,
                     enum store_change_state state, const uint8_t by[static STORE_DIGEST_SIZE],
                     int64_t now_ms, struct problem *problem)
{
    struct store_change ended = *change;
    AUTO(buf_done) struct buf leaf = {0};
    ended.state = state;
    TRY(store_change_end(store, change->id, state));
    TRY(issue_leaf_ended(&ended, by, now_ms, &leaf, problem));
    return store_leaf_put(store, buf_span(&leaf), now_ms);
}

/* Inside the transaction. */
static status_t expire(struct store *store, int64_t now_ms, bool *more, struct problem *problem)
{
    static const uint8_t nobody[STORE_DIGEST_SIZE];
    struct store_change change;
    for (unsigned i = 0; i < ISSUE_ENDED_MAX; i++) {
        status_t status = store_change_due(store, now_ms / 1000, &change);
        if (status != STATUS_OK) {
            return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
        TRY(issue_ended(store, &change, STORE_CHANGE_EXPIRED, nobody, now_ms, problem));
    }
    *more = true;
    return STATUS_OK;
}

status_t issue_ended_upkeep(const struct issue_environment *environment, bool *more,
                            struct problem *problem)
{
    struct store *store = environment->store;
    struct store_change change;
    int64_t now_ms = environment->now_ms();
    TRY(issue_authorize_clock(environment, problem));
    status_t status = store_change_due(store, now_ms / 1000, &change);
    if (status != STATUS_OK) { /* as a rule there is nothing to write */
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    TRY(store_begin(store, now_ms, problem));
    return store_end(store, expire(store, now_ms, more, problem), problem);
}

#include "server/issue/clock.h"

#include "server/issue/authorize.h"
#include "server/issue/leaf.h"
#include "server/store/change.h"

/* What is on record needs no second entry. A clock that is behind comes nearer by itself. */
static bool is_known(int64_t jump_ms, int64_t noted_ms)
{
    if (jump_ms == 0 || noted_ms == 0 || (jump_ms < 0) != (noted_ms < 0)) {
        return jump_ms == noted_ms;
    }
    return jump_ms > noted_ms - ISSUE_CLOCK_JUMP_MS &&
           (jump_ms < 0 || jump_ms < noted_ms + ISSUE_CLOCK_JUMP_MS);
}

/* Inside the transaction; another process may have been first. */
static status_t note(struct store *store, int64_t jump_ms, int64_t now_ms, int64_t *ret_noted_ms)
{
    AUTO(buf_done) struct buf leaf = {0};
    int64_t noted_ms = 0;
    TRY(store_clock_jump_get(store, &noted_ms));
    if (!is_known(jump_ms, noted_ms)) {
        noted_ms = jump_ms;
        TRY(store_clock_jump_set(store, jump_ms));
        if (jump_ms != 0) {
            TRY(issue_leaf_clock_jump(jump_ms, now_ms, &leaf, NULL));
            TRY(store_leaf_put(store, buf_span(&leaf), now_ms));
        }
    }
    *ret_noted_ms = noted_ms;
    return STATUS_OK;
}

void issue_clock_look(const struct issue_environment *environment, int64_t *noted_ms)
{
    struct store *store = environment->store;
    struct problem problem = {0};
    int64_t jump_ms = issue_authorize_jump_ms(environment);
    int64_t now_ms = issue_authorize_now_ms(environment);
    int64_t noted = 0;
    if (is_known(jump_ms, *noted_ms) || store_begin(store, now_ms, &problem) != STATUS_OK) {
        return;
    }
    if (store_end(store, note(store, jump_ms, now_ms, &noted), &problem) == STATUS_OK) {
        *noted_ms = noted;
    }
}

#include "server/worker/denial.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/event/event.h"
#include "server/issue/authorize.h"
#include "server/method.h"
#include "server/store/change.h"

static bool has(const struct denial_budget *budget, int64_t now_ms, int64_t burst, int64_t each_ms)
{
    return budget->spent_until_ms - now_ms <= (burst - 1) * each_ms;
}

static void spend(struct denial_budget *budget, int64_t now_ms, int64_t each_ms)
{
    int64_t from = budget->spent_until_ms > now_ms ? budget->spent_until_ms : now_ms;
    budget->spent_until_ms = from + each_ms;
}

/* Its place, or that of whoever was silent longest: its budget is the fullest. */
static size_t place_of(const struct denials *denials, const uint8_t digest[static SHA256_SIZE])
{
    size_t oldest = 0;
    for (size_t i = 0; i < DENIAL_IDENTITIES; i++) {
        if (memcmp(denials->each[i].identity, digest, SHA256_SIZE) == 0) {
            return i;
        }
        if (denials->each[i].budget.spent_until_ms < denials->each[oldest].budget.spent_until_ms) {
            oldest = i;
        }
    }
    return oldest;
}

bool denial_take(struct denials *denials, struct span identity, int64_t monotonic_ms)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(identity, digest);
    size_t place = place_of(denials, digest);
    if (memcmp(denials->each[place].identity, digest, sizeof(digest)) != 0) {
        memcpy(denials->each[place].identity, digest, sizeof(digest));
        denials->each[place].budget = (struct denial_budget){0};
    }
    struct denial_budget *each = &denials->each[place].budget;
    if (!has(each, monotonic_ms, DENIAL_EACH_BURST, DENIAL_EACH_MS) ||
        !has(&denials->all, monotonic_ms, DENIAL_ALL_BURST, DENIAL_ALL_MS)) {
        return false;
    }
    spend(each, monotonic_ms, DENIAL_EACH_MS);
    spend(&denials->all, monotonic_ms, DENIAL_ALL_MS);
    return true;
}

/* Refusals of permission: everything that is not permitted, orders that are not the station's, and
 * statements that are not what they should be. */
static bool is_evidence(const struct problem *problem)
{
    static const char *const BEGINNINGS[] = {"ORDER_UNKNOWN", "STATEMENT_", "SIGNATURE",
                                             "APPROVAL_", "PROPOSER"};
    for (size_t i = 0; i < sizeof(BEGINNINGS) / sizeof(BEGINNINGS[0]); i++) {
        if (strncmp(problem->reason, BEGINNINGS[i], strlen(BEGINNINGS[i])) == 0) {
            return true;
        }
    }
    return problem->status == STATUS_DENIED;
}

static status_t record(struct denials *denials, const struct issue_environment *environment,
                       const struct frame_call *call, const struct rpc_ids *ids,
                       const struct problem *problem)
{
    struct event event;
    char identity[FRAME_IDENTITY_MAX + 1];
    AUTO(buf_done) struct buf leaf;
    int64_t now_ms = issue_authorize_now_ms(environment);
    (void)snprintf(identity, sizeof(identity), "%.*s", (int)call->identity.size,
                   (const char *)call->identity.data);
    event_begin(&event, EVENT_TYPE_CALL_DENIED, now_ms);
    event_set_text(&event, EVENT_METHOD, METHOD_TABLE[call->method].path);
    event_set_text(&event, EVENT_IDENTITY, identity);
    event_set_text(&event, EVENT_REASON, problem->reason);
    event_set_text(&event, EVENT_ASKED_ORDER, ids->order);
    event_set_text(&event, EVENT_ASKED_UNIT, ids->unit);
    event_set_number(&event, EVENT_UNRECORDED, (int64_t)(denials->unrecorded % 1000000000));
    buf_init(&leaf, EVENT_MAX);
    TRY(event_write(&event, &leaf, NULL));
    TRY(store_begin(environment->store, now_ms, NULL));
    return store_end(environment->store,
                     store_leaf_put(environment->store, buf_span(&leaf), now_ms), NULL);
}

void denial_note(struct denials *denials, const struct issue_environment *environment,
                 const struct frame_call *call, const struct rpc_ids *ids,
                 const struct problem *problem)
{
    if (call->identity.size == 0 || call->method >= METHOD_COUNT || !is_evidence(problem)) {
        return;
    }
    if (denial_take(denials, call->identity, environment->monotonic_ms()) &&
        record(denials, environment, call, ids, problem) == STATUS_OK) {
        denials->unrecorded = 0;
    } else {
        denials->unrecorded++;
    }
}

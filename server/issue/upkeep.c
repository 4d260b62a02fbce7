#include "server/issue/upkeep.h"

#include "server/issue/authorize.h"
#include "server/issue/certify.h"
#include "server/issue/checkpoint.h"
#include "server/issue/crl.h"
#include "server/issue/data.h"
#include "server/issue/ended.h"
#include "server/issue/leaf.h"
#include "server/issue/seal.h"
#include "server/store/erase.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* One bounded piece of work; sets *more when there is another right behind it. */
typedef status_t job_t(const struct issue_environment *environment, bool *more,
                       struct problem *problem);

static status_t erase(const struct issue_environment *environment,
                      const struct store_erasure *erasure, struct problem *problem)
{
    AUTO(buf_done) struct buf leaf = {0};
    int64_t now = environment->now_ms();
    if (erasure->count == 0) {
        return STATUS_OK;
    }
    TRY(issue_leaf_erased(erasure, now, &leaf, problem));
    return store_erase(environment->store, erasure, buf_span(&leaf), now, problem);
}

static status_t void_reservation(const struct issue_environment *environment,
                                 const struct store_due *due, struct problem *problem)
{
    AUTO(buf_done) struct buf leaf = {0};
    int64_t now = environment->now_ms();
    TRY(issue_leaf_void(due, now, &leaf, problem));
    return store_erase_void(environment->store, due, buf_span(&leaf), now, problem);
}

/* Device secrets after their last delivery. A reservation this old that nobody came back for is
 * void: without its secrets it could never be finished. */
static status_t erase_devices(const struct issue_environment *environment, bool *more,
                              struct problem *problem)
{
    struct store_due due[STORE_ERASE_MAX];
    size_t count = 0;
    size_t issued = 0;
    int64_t before = environment->now_ms() - environment->retention.device_ms;
    TRY(store_erase_due_devices(environment->store, before, due, &count));
    for (size_t i = 0; i < count; i++) {
        if (due[i].state == STORE_UNIT_RESERVED) {
            TRY(void_reservation(environment, &due[i], problem));
        } else {
            due[issued++] = due[i];
        }
    }
    *more = *more || count == STORE_ERASE_MAX;
    const struct store_erasure erasure = {STORE_PART_DEVICE, due, issued, before};
    return erase(environment, &erasure, problem);
}

/* Reservations this old for devices with keys of their own. */
static status_t void_requests(const struct issue_environment *environment, bool *more,
                              struct problem *problem)
{
    struct store_due due[STORE_ERASE_MAX];
    size_t count = 0;
    int64_t before = environment->now_ms() - environment->retention.device_ms;
    TRY(store_erase_due_requests(environment->store, before, due, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(void_reservation(environment, &due[i], problem));
    }
    *more = *more || count == STORE_ERASE_MAX;
    return STATUS_OK;
}

/* Onboarding codes of orders that are history. */
static status_t erase_codes(const struct issue_environment *environment, bool *more,
                            struct problem *problem)
{
    struct store_due due[STORE_ERASE_MAX];
    size_t count = 0;
    int64_t before = environment->now_ms() - environment->retention.codes_ms;
    TRY(store_erase_due_codes(environment->store, before, due, &count));
    *more = *more || count > 0;
    const struct store_erasure erasure = {STORE_PART_CODES, due, count, before};
    return erase(environment, &erasure, problem);
}

/* A day's salt with the last of what it sealed. Two days back: no call that still seals under it
 * can be under way. */
static status_t destroy_salt(const struct issue_environment *environment, bool *more,
                             struct problem *problem)
{
    char before[11];
    char day[11];
    AUTO(buf_done) struct buf leaf = {0};
    int64_t now = environment->now_ms();
    issue_seal_day_name(now - DAY_MS, before);
    status_t status = store_erase_due_salt(environment->store, before, day);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    *more = true;
    TRY(issue_seal_destroy(environment, day, problem));
    TRY(issue_leaf_salt(day, now, &leaf, problem));
    return store_erase_salt(environment->store, day, buf_span(&leaf), now, problem);
}

/* What must not run on a clock that cannot be trusted. */
static status_t retention(const struct issue_environment *environment, bool *more,
                          struct problem *problem)
{
    TRY(issue_authorize_clock(environment, problem));
    TRY(erase_devices(environment, more, problem));
    TRY(void_requests(environment, more, problem));
    TRY(erase_codes(environment, more, problem));
    TRY(issue_data_upkeep(environment, more, problem));
    return destroy_salt(environment, more, problem);
}

/* The log's tree grows, and its head is signed. */
static status_t sign_log(const struct issue_environment *environment, bool *more,
                         struct problem *problem)
{
    (void)more;
    return issue_checkpoint_upkeep(environment, problem);
}

static job_t *const JOBS[] = {retention, issue_ended_upkeep, issue_crl_upkeep, issue_certify_upkeep,
                              sign_log};

status_t issue_upkeep(const struct issue_environment *environment, bool *ret_more,
                      struct problem *problem)
{
    status_t first = STATUS_OK;
    bool more = false;
    for (size_t i = 0; i < sizeof(JOBS) / sizeof(JOBS[0]); i++) {
        struct problem own = {0};
        status_t status = JOBS[i](environment, &more, &own);
        if (status != STATUS_OK && status != STATUS_ABORTED && first == STATUS_OK) {
            first = problem_complete(&own, status);
            *problem = own;
        }
    }
    *ret_more = more;
    return first;
}

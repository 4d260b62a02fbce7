/* Refused calls of people and stations who are known are evidence: they go on record, but so
 * sparingly that nobody can fill the disk with them. */
#ifndef MINTMARK_SERVER_WORKER_DENIAL_H
#define MINTMARK_SERVER_WORKER_DENIAL_H

#include "server/frame.h"
#include "server/rpc/rpc.h"

/* Of one worker. An entry has less than 1 KiB: at most some 10 MB a day from a worker that is
 * refused everything. */
enum {
    DENIAL_IDENTITIES = 32,     /* told apart; beyond, the one longest silent makes room */
    DENIAL_EACH_BURST = 8,      /* of one identity at once … */
    DENIAL_EACH_MS = 60 * 1000, /* … and then one in this time */
    DENIAL_ALL_BURST = 64,      /* of all together */
    DENIAL_ALL_MS = 6 * 1000,
};

/* A budget: `spent_until_ms` runs ahead of the clock by what was spent. */
struct denial_budget {
    int64_t spent_until_ms; /* monotonic */
};

struct denials {
    struct {
        uint8_t identity[SHA256_SIZE];
        struct denial_budget budget;
    } each[DENIAL_IDENTITIES];
    struct denial_budget all;
    uint64_t unrecorded; /* since the last entry of this worker */
};

/* Takes from the budgets; false when either is used up. */
bool denial_take(struct denials *denials, struct span identity, int64_t monotonic_ms);

/* Puts a refusal on record if it is one of permission and the budgets allow. Where that is not
 * possible the call is refused all the same. */
void denial_note(struct denials *denials, const struct issue_environment *environment,
                 const struct frame_call *call, const struct rpc_ids *ids,
                 const struct problem *problem);

#endif

/* How changes end that had no effect. */
#ifndef MINTMARK_SERVER_ISSUE_ENDED_H
#define MINTMARK_SERVER_ISSUE_ENDED_H

#include "server/issue/issue.h"
#include "server/store/change.h"

enum { ISSUE_ENDED_MAX = 64 }; /* of one look for those that expired */

/* Inside a transaction: a waiting change gets this state, with its entry. `by` is the change that
 * ended it; zero: it expired. STATUS_ABORTED: it does not wait. */
MUST_USE status_t issue_ended(struct store *store, const struct store_change *change,
                              enum store_change_state state,
                              const uint8_t by[static STORE_DIGEST_SIZE], int64_t now_ms,
                              struct problem *problem);

/* Puts on record which changes nobody approved in time. */
MUST_USE status_t issue_ended_upkeep(const struct issue_environment *environment, bool *more,
                                     struct problem *problem);

#endif

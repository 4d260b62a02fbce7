/* Order data: what an order brings for its units instead of having it drawn. */
#ifndef MINTMARK_SERVER_ISSUE_DATA_H
#define MINTMARK_SERVER_ISSUE_DATA_H

#include "server/issue/issue.h"
#include "server/store/data.h"

enum { ISSUE_DATA_STAGED_MS = 24 * 3600 * 1000 }; /* rows nobody imported are forgotten */

/* For a new unit of a product that wants values supplied: finds its row, opens and checks it. Fills
 * the result's row and supplied, the unit's data_row, and its chip where the row knows it. Nothing
 * is taken yet: that is part of the reservation. `attempt` counts calls for one request. Refusals:
 * STATUS_EXHAUSTED and STATUS_NOT_FOUND ORDER_DATA_MISSING, STATUS_REFUSED ORDER_DATA_OTHER. */
MUST_USE status_t issue_data_take(const struct issue_environment *environment, unsigned attempt,
                                  struct issue_result *result, struct problem *problem);

/* The result's `supplied` from its `row`. */
MUST_USE status_t issue_data_read(const struct issue_environment *environment,
                                  struct issue_result *result, struct problem *problem);

/* Erases what is left of a closed order's rows, and what was never imported; sets *more when there
 * is another piece of work right behind. */
MUST_USE status_t issue_data_upkeep(const struct issue_environment *environment, bool *more,
                                    struct problem *problem);

#endif

/* The two statements under a recovery, against the operators that the restored store knows. */
#ifndef MINTMARK_SERVER_RECOVERY_STATEMENTS_H
#define MINTMARK_SERVER_RECOVERY_STATEMENTS_H

#include "server/recovery/plan.h"
#include "server/store/change.h"

/* Reads the two files, in whichever order, and checks them as the server checks any change: both
 * by operators who are not blocked, signed with their keys, for this log, this plan, not expired,
 * by two people. Fills id, kind, subject, proposal and approval. */
MUST_USE status_t statements_read(const struct plan *plan, struct store_change *ret_change,
                                  struct problem *problem);

#endif

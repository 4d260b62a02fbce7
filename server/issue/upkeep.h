/* What is done from time to time, a little at once: the call Tick runs it in an idle
 * worker of the administration listener, so that no station waits for it. */
#ifndef MINTMARK_SERVER_ISSUE_UPKEEP_H
#define MINTMARK_SERVER_ISSUE_UPKEEP_H

#include "server/issue/issue.h"

/* Runs every job once, whatever becomes of the others; returns the first failure. *ret_more: there
 * is more to do now. */
MUST_USE status_t issue_upkeep(const struct issue_environment *environment, bool *ret_more,
                               struct problem *problem);

#endif

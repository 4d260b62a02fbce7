/* A clock that cannot be trusted is on record. */
#ifndef MINTMARK_SERVER_ISSUE_CLOCK_H
#define MINTMARK_SERVER_ISSUE_CLOCK_H

#include "server/issue/issue.h"

/* Looks at the clock, and puts on record that it was set by much while this process ran, or that it
 * stands before the log's newest entry: once for all processes, and again when the clock was right
 * in between. *noted_ms is what this process knows to be on record, 0 at its start. What cannot be
 * written is tried at the next look; nothing is issued in the meantime. */
void issue_clock_look(const struct issue_environment *environment, int64_t *noted_ms);

#endif

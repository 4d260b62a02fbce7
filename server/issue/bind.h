/* A unit first named without its chip is bound to the chip it shows, for ever. */
#ifndef MINTMARK_SERVER_ISSUE_BIND_H
#define MINTMARK_SERVER_ISSUE_BIND_H

#include "server/issue/issue.h"

/* Nothing to do when the unit has its hardware id or none is shown ("").
 * STATUS_EXISTS HARDWARE_ID_USED: that chip has an identity under another name. */
MUST_USE status_t issue_bind(const struct issue_environment *environment, struct store_unit *unit,
                             const char *hardware_id, struct problem *problem);

#endif

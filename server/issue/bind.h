/* What a unit on record is bound to when it is called for: the chip it shows, for ever, where it
 * was first named without; a station, where it was released from the one it had. */
#ifndef MINTMARK_SERVER_ISSUE_BIND_H
#define MINTMARK_SERVER_ISSUE_BIND_H

#include "server/issue/issue.h"

/* Nothing to do when the unit has its hardware id or none is shown ("").
 * STATUS_EXISTS HARDWARE_ID_USED: that chip has an identity under another name. */
MUST_USE status_t issue_bind(const struct issue_environment *environment, struct store_unit *unit,
                             const char *hardware_id, struct problem *problem);

/* Nothing to do when the unit is at a station. STATUS_EXHAUSTED STATION_OPEN: the caller has too
 * many open units. */
MUST_USE status_t issue_bind_station(const struct issue_environment *environment,
                                     const struct issue_request *request, struct store_unit *unit,
                                     struct problem *problem);

#endif

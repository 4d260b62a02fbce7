/* The socket to the supervisor: workers arrive on it as descriptors; its end is the front's. */
#ifndef MINTMARK_SERVER_FRONT_CONTROL_H
#define MINTMARK_SERVER_FRONT_CONTROL_H

#include "server/front/front.h"

MUST_USE status_t front_control_start(struct front *front);

#endif

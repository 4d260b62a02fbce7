/* Accepting connections within the limits. */
#ifndef MINTMARK_SERVER_FRONT_LISTENER_H
#define MINTMARK_SERVER_FRONT_LISTENER_H

#include "server/front/front.h"

MUST_USE status_t front_listener_start(struct front *front);
void front_listener_stop(struct front *front); /* for good: a drain */

/* There may be room for another handshake: one has ended, or grown old. */
void front_listener_resume(struct front *front);

#endif

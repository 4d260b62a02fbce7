/* Calls to workers: one bounded queue, a stack of idle workers, and per connection a line for the
 * calls above FRONT_IN_FLIGHT_MAX, so that no client fills the queue for the others. */
#ifndef MINTMARK_SERVER_FRONT_DISPATCH_H
#define MINTMARK_SERVER_FRONT_DISPATCH_H

#include "server/front/call.h"

void front_dispatch_init(struct front_dispatch *dispatch);

/* A whole request is there: queued, sent to a worker, or refused when the queue is full. */
void front_dispatch_add(struct front_call *call);

/* Gives queued calls to idle workers while answers are being taken. */
void front_dispatch_run(struct front *front);

/* The call waits no longer. A worker that has it goes on; its answer will be dropped. */
void front_dispatch_leave(struct front_call *call);

/* One call less of this connection in queue and workers: the next of its line enters the queue. */
void front_dispatch_release(struct front_connection *connection);

#endif

/* Calls to workers: a queue per identity, which share the workers evenly; a stack of idle workers;
 * and per connection a line for the calls above FRONT_IN_FLIGHT_MAX. All that waits is bounded, for
 * the process and for each identity (share.h), so that no client fills the room of the others. */
#ifndef MINTMARK_SERVER_FRONT_DISPATCH_H
#define MINTMARK_SERVER_FRONT_DISPATCH_H

#include "server/front/call.h"

void front_dispatch_init(struct front_dispatch *dispatch);

/* A whole request is there: queued, sent to a worker, or refused when too many calls wait. */
void front_dispatch_add(struct front_call *call);

/* Gives queued calls to idle workers while answers are being taken. */
void front_dispatch_run(struct front *front);

/* The call waits no longer. A worker that has it goes on; its answer will be dropped. */
void front_dispatch_leave(struct front_call *call);

/* The call's stream is closed: its answer was taken, or is dropped. It leaves and is no longer in
 * flight. */
void front_dispatch_end(struct front_call *call);

/* One less in flight of this connection: the next of its line enters the queue. */
void front_dispatch_release(struct front_connection *connection);

#endif

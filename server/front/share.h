/* What the connections of one identity hold together. An identity has a quarter of what the process
 * can hold, so that no station, however many connections it opens and whatever it leaves untaken,
 * uses up the room of the others; and the identities take turns at the workers.
 *
 * Connections whose certificate has no identity share one as well: their calls are all refused. */
#ifndef MINTMARK_SERVER_FRONT_SHARE_H
#define MINTMARK_SERVER_FRONT_SHARE_H

#include "server/front/front.h"

enum {
    FRONT_SHARE_CALLS_MAX = FRONT_QUEUE_CALLS_MAX / 4,
    FRONT_SHARE_REQUEST_BYTES_MAX = FRONT_REQUEST_BYTES_MAX / 4,
    FRONT_SHARE_ANSWER_BYTES_MAX = FRONT_ANSWER_BYTES_MAX / 4,
};

struct front_share {
    TAILQ_ENTRY(front_share) in_front;
    TAILQ_ENTRY(front_share) in_turns; /* while its queue has calls */
    char *identity;
    size_t connections;
    struct front_calls queue; /* state CALL_QUEUED, oldest first */
    size_t waiting;           /* in the queue and in the lines of its connections */
    size_t working;           /* in workers, wanted */
    size_t request_bytes;
    size_t answer_bytes;   /* not yet delivered */
    size_t largest_answer; /* so far: what each of the working is reckoned with */
};

/* The connection belongs to its identity's share from here until it leaves. */
MUST_USE status_t front_share_join(struct front_connection *connection);
void front_share_leave(struct front_connection *connection); /* accepts one that never joined */

/* Whether another call may go to a worker: its answer will have room. True when nothing is held. */
bool front_share_has_room(const struct front_share *share);

#endif

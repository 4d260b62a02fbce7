/* The front as the supervisor sees it: one child, the socket by which it is given workers, and when
 * to start it again. */
#ifndef MINTMARK_SERVER_SUPERVISOR_FRONT_SLOT_H
#define MINTMARK_SERVER_SUPERVISOR_FRONT_SLOT_H

#include "mintmark/v1/config.pb-c.h"
#include "server/supervisor/backoff.h"
#include "server/supervisor/child.h"

struct front_slot {
    struct child child;
    int control; /* -1 while it does not run */
    struct backoff backoff;
    int64_t start_at_ms;
};

#define FRONT_SLOT_NONE ((struct front_slot){.child = {.pidfd = -1}, .control = -1})

struct front_slot_parts {
    const Mintmark__V1__Config *config;
    int config_descriptor; /* sealed */
    int listener;
};

/* Starts it with the TLS key's file opened anew. */
MUST_USE status_t front_slot_start(struct front_slot *front, const struct front_slot_parts *parts,
                                   int64_t now_ms, struct problem *problem);

/* Call when its pidfd is readable: collects it and closes the control socket. */
void front_slot_ended(struct front_slot *front, int64_t now_ms);

/* It is gone after `lived_ms`, or could not be started: sets the time of the next start. */
void front_slot_postpone(struct front_slot *front, int64_t lived_ms, int64_t now_ms);

#endif

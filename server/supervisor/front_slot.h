/* The front as the supervisor sees it: one child, the socket by which it is given workers, and when
 * to start it again. */
#ifndef MINTMARK_SERVER_SUPERVISOR_FRONT_SLOT_H
#define MINTMARK_SERVER_SUPERVISOR_FRONT_SLOT_H

#include "server/method.h"
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
    int config_descriptor; /* sealed; holds the TLS certificate */
    int key_descriptor;    /* sealed, from front_slot_take_key */
    int socket;            /* listens */
    enum listener listener;
};

enum { FRONT_SLOT_KEY_MAX = 64 * 1024 }; /* a PEM file with one key has some hundred bytes */

/* Copies the TLS key's file into a sealed memory file, within the kernel: the bytes never come into
 * this process. Every front then has the key that belongs to the certificate in the configuration,
 * which was read at the same time, whatever becomes of the files. `listener` is what the
 * configuration calls it. Caller closes ret_descriptor. */
MUST_USE status_t front_slot_take_key(const char *listener, const char *path, int *ret_descriptor,
                                      struct problem *problem);

MUST_USE status_t front_slot_start(struct front_slot *front, const struct front_slot_parts *parts,
                                   int64_t now_ms, struct problem *problem);

/* Call when its pidfd is readable: collects it and closes the control socket. */
void front_slot_ended(struct front_slot *front, int64_t now_ms);

/* It is gone after `lived_ms`, or could not be started: sets the time of the next start. */
void front_slot_postpone(struct front_slot *front, int64_t lived_ms, int64_t now_ms);

#endif

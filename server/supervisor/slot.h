/* A slot: a worker and its signer, a pair that lives and dies together. */
#ifndef MINTMARK_SERVER_SUPERVISOR_SLOT_H
#define MINTMARK_SERVER_SUPERVISOR_SLOT_H

#include "mintmark/v1/config.pb-c.h"
#include "server/method.h"
#include "server/supervisor/backoff.h"
#include "server/supervisor/child.h"

enum { SLOT_GRACE_MS = 250 }; /* for the other half: a start says why it failed, a call ends */

struct slot {
    struct child worker;
    struct child signer;
    struct backoff backoff;
    int64_t start_at_ms; /* not before; meaningful while neither runs */
    int64_t kill_at_ms;  /* meaningful while only one runs */
};

/* What a pair is made from. */
struct slot_parts {
    const Mintmark__V1__Config *config;
    int config_descriptor; /* sealed */
    int front_control;     /* the worker's front socket is handed over here */
    enum listener listener;
};

bool slot_is_running(const struct slot *slot); /* either of them */
bool slot_is_broken(const struct slot *slot);  /* one without the other */

/* Starts both, with the PIN file opened anew. On failure nothing runs or both are being killed. */
MUST_USE status_t slot_start(struct slot *slot, const struct slot_parts *parts, int64_t now_ms,
                             struct problem *problem);

void slot_kill(const struct slot *slot);

/* The pair is gone after `lived_ms`, or could not be started: sets the time of the next start. */
void slot_postpone(struct slot *slot, int64_t lived_ms, int64_t now_ms);

#endif

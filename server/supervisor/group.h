/* One listener with everything behind it: its front, and the slots that serve it alone, so that the
 * load of one listener cannot starve the other. */
#ifndef MINTMARK_SERVER_SUPERVISOR_GROUP_H
#define MINTMARK_SERVER_SUPERVISOR_GROUP_H

#include <poll.h>

#include "server/method.h"
#include "server/supervisor/front_slot.h"
#include "server/supervisor/slot.h"

struct group {
    const Mintmark__V1__Config *config;
    int config_descriptor; /* sealed; borrowed */
    enum listener listener;
    int socket;         /* listens */
    int key_descriptor; /* of its TLS key */
    struct front_slot front;
    struct slot *slots;
    size_t slot_count;
};

#define GROUP_NONE ((struct group){.socket = -1, .key_descriptor = -1, .front = FRONT_SLOT_NONE})

/* Takes the TLS key, listens, starts nothing yet. `group` is GROUP_NONE. */
MUST_USE status_t group_open(struct group *group, const Mintmark__V1__Config *config,
                             int config_descriptor, enum listener listener, size_t slot_count,
                             struct problem *problem);
void group_done(struct group *group); /* accepts GROUP_NONE */

/* What is due while serving: a front, slots for it, the end of half pairs. */
void group_serve(struct group *group, int64_t now_ms);
/* When group_serve has something to do; INT64_MAX for never. */
int64_t group_due(const struct group *group);

/* Its places in the supervisor's poll list: the front, then worker and signer of each slot. */
size_t group_poll_count(const struct group *group);
void group_fill_polls(const struct group *group, struct pollfd *ret_polls);
/* Collects who has ended; while serving also sees to it that they start again. */
void group_take_polls(struct group *group, const struct pollfd *polls, bool serving,
                      int64_t now_ms);

bool group_has_front(const struct group *group);
bool group_has_slots(const struct group *group);
void group_signal_front(const struct group *group, int signal);
void group_kill_slots(const struct group *group);

#endif

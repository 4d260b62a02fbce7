/* The supervisor: starts for each listener a front and its slots, starts them again
 * when they die, ends them in order. It decodes nothing from the network, opens no token and no
 * database. */
#ifndef MINTMARK_SERVER_SUPERVISOR_SUPERVISOR_H
#define MINTMARK_SERVER_SUPERVISOR_SUPERVISOR_H

#include "lib/base/status.h"
#include "mintmark/v1/config.pb-c.h"

enum {
    SUPERVISOR_DRAIN_MS = 12000,         /* for a front after SIGTERM: its own grace and a little */
    SUPERVISOR_SLOTS_MS = 5000,          /* for the slots after the fronts are gone */
    SUPERVISOR_ADMINISTRATION_SLOTS = 1, /* people's pace */
};

/* Runs until SIGTERM, SIGINT or SIGHUP, then ends everything within the two limits (a second signal
 * cuts them short) and returns STATUS_OK. Anything else is why it could not start. */
MUST_USE status_t supervisor_run(const Mintmark__V1__Config *config, struct problem *problem);

#endif

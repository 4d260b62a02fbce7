/* One server per state directory: the lock, and the pid file for people and scripts. */
#ifndef MINTMARK_SERVER_SUPERVISOR_INSTANCE_H
#define MINTMARK_SERVER_SUPERVISOR_INSTANCE_H

#include "lib/base/own.h"
#include "lib/base/status.h"
#include "mintmark/v1/config.pb-c.h"

struct instance {
    int lock; /* -1: none */
    const Mintmark__V1__Config *config;
};

/* Borrows config. The kernel drops the lock with the process, however it ends. STATUS_EXISTS when
 * another server has it. */
MUST_USE status_t instance_take(const Mintmark__V1__Config *config, struct instance *ret_instance,
                                struct problem *problem);
void instance_drop(struct instance *instance); /* accepts lock -1 */
OWN_VALUE(struct instance, instance_drop)

#endif

/* token.lock: one process at a time starts up on a token (SoftHSM rewrites its token file at each
 * login, and many modules do not bear a stampede). */
#ifndef MINTMARK_HSM_LOCK_H
#define MINTMARK_HSM_LOCK_H

#include "lib/base/own.h"
#include "lib/base/status.h"

struct hsm_lock {
    int descriptor; /* -1: not held */
};

/* Waits for the lock. Makes the file when needed, for the owner of its folder, so that the
 * custodian (root) and the service's user can share it. NULL or empty path: no lock. */
MUST_USE status_t hsm_lock_take(const char *path, struct hsm_lock *ret_lock,
                                struct problem *problem);
void hsm_lock_drop(struct hsm_lock *lock);
OWN_VALUE(struct hsm_lock, hsm_lock_drop)

#endif

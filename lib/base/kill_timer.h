/* Crash-only: a process arms SIGKILL on itself around work that may hang (a PKCS#11 call has no
 * timeout of its own). One timer per process. */
#ifndef MINTMARK_LIB_BASE_KILL_TIMER_H
#define MINTMARK_LIB_BASE_KILL_TIMER_H

#include <stdint.h>

#include "lib/base/status.h"

/* Starts, or restarts, the countdown; STATUS_INTERNAL when the system has no timer left. */
MUST_USE status_t kill_timer_arm(uint32_t milliseconds);
void kill_timer_disarm(void);

#endif

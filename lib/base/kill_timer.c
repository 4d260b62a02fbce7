#include "lib/base/kill_timer.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

/* The one exception to "no globals": the kernel's timer belongs to the process as this does. */
static timer_t timer;
static bool created;

status_t kill_timer_arm(uint32_t milliseconds)
{
    if (!created) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
        if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
            return STATUS_INTERNAL;
        }
        created = true;
    }
    const struct itimerspec limit = {
        .it_value = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000}};
    return timer_settime(timer, 0, &limit, NULL) == 0 ? STATUS_OK : STATUS_INTERNAL;
}

void kill_timer_disarm(void)
{
    const struct itimerspec never = {0};
    if (created) {
        (void)timer_settime(timer, 0, &never, NULL);
    }
}

/* How long to wait before starting again what has died: 0.1 s, doubled each time up to 5 s, with
 * jitter so that slots that died together do not start together. A healthy minute starts afresh. */
#ifndef MINTMARK_SERVER_SUPERVISOR_BACKOFF_H
#define MINTMARK_SERVER_SUPERVISOR_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 5000, BACKOFF_HEALTHY_MS = 60 * 1000 };

struct backoff {
    unsigned failures; /* in a row */
};

/* What has lived `lived_ms` died: milliseconds to wait. `random` decides the jitter: the wait lies
 * between three quarters and five quarters of the step, never above BACKOFF_MAX_MS. */
uint32_t backoff_next(struct backoff *backoff, int64_t lived_ms, uint32_t random);

#endif

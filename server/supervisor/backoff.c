#include "server/supervisor/backoff.h"

uint32_t backoff_next(struct backoff *backoff, int64_t lived_ms, uint32_t random)
{
    if (lived_ms >= BACKOFF_HEALTHY_MS) {
        backoff->failures = 0;
    }
    uint32_t step = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < backoff->failures && step < BACKOFF_MAX_MS; i++) {
        step *= 2;
    }
    if (step > BACKOFF_MAX_MS) {
        step = BACKOFF_MAX_MS;
    } else {
        backoff->failures++;
    }
    uint32_t wait = step - step / 4 + random % (step / 2 + 1);
    return wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
}

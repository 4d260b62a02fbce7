/* The serial numbers that count (lib/unit/SPEC.md): which counters the restored store's products
 * have, whether they were used before the backup or not. */
#ifndef MINTMARK_SERVER_RECOVERY_COUNTERS_H
#define MINTMARK_SERVER_RECOVERY_COUNTERS_H

#include "server/store/recovery.h"

enum { COUNTERS_MAX = 4096 };

struct counters {
    struct store_recovery_counter *list;
    size_t count;
};
void counters_done(struct counters *counters); /* accepts a zeroed struct */
OWN_VALUE(struct counters, counters_done)

/* Of every revision of every product, each once. */
MUST_USE status_t counters_read(struct store *store, struct counters *ret_counters,
                                struct problem *problem);

#endif

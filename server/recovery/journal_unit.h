/* One unit's folder, read and held against the PAIs, its order and its station. */
#ifndef MINTMARK_SERVER_RECOVERY_JOURNAL_UNIT_H
#define MINTMARK_SERVER_RECOVERY_JOURNAL_UNIT_H

#include "server/rpc/catalog.h"
#include "server/store/recovery.h"

#define JOURNAL_UNIT_DAC "dac.der"
#define JOURNAL_UNIT_RECORD "record.json"

struct journal_unit_context {
    struct rpc_catalog *catalog;
    struct store *store;
    int64_t now_ms;
};

/* ret_unit is zeroed. What is wrong with the folder is its verdict LEFT_OUT, not a failure. */
MUST_USE status_t journal_unit_read(const struct journal_unit_context *context, const char *folder,
                                    struct store_recovery_unit *ret_unit, struct problem *problem);

#endif

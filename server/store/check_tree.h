/* The part of check.h that reads the log's tree. */
#ifndef MINTMARK_SERVER_STORE_CHECK_TREE_H
#define MINTMARK_SERVER_STORE_CHECK_TREE_H

#include "server/store/check.h"
#include "server/store/sqlite.h"

struct check_reader {
    struct store *store;
    const struct tlog_checkpoint *highwater;
    store_check_visit_t *visit;
    void *context;
    uint64_t findings;
    uint64_t entries;
};

void check_tell(struct check_reader *reader, const char *table, const char *what, const char *row);

/* Every entry, node and checkpoint: the numbers without gap, the nodes as their leaves make them,
 * the checkpoints and the highwater over the roots there were. */
MUST_USE status_t check_tree(struct check_reader *reader, struct problem *problem);

#endif

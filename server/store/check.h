/* The whole store against its log: what stands in the tables must be what the entries say, and the
 * entries what was signed. Whoever owns the database can write both, but not the signed head
 * outside it (the highwater), nor those that stations and auditors keep.
 *
 * It reads everything, in one transaction: for a server that stands still, or for a copy. */
#ifndef MINTMARK_SERVER_STORE_CHECK_H
#define MINTMARK_SERVER_STORE_CHECK_H

#include "lib/tlog/checkpoint.h"
#include "server/store/store.h"

enum { STORE_CHECK_ROWS = 20 }; /* shown of one kind of finding */

struct store_finding {
    const char *table;
    const char *what; /* is wrong */
    const char *row;  /* which: a unit's id, an entry's number, … */
};

typedef void store_check_visit_t(void *context, const struct store_finding *finding);

/* Tells each thing that is wrong. `highwater` NULL: there is none. *ret_entries: the log's. When
 * the log itself is wrong the tables are not held against it. */
MUST_USE status_t store_check(struct store *store, const struct tlog_checkpoint *highwater,
                              store_check_visit_t *visit, void *context, uint64_t *ret_entries,
                              struct problem *problem);

#endif

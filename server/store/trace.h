/* Which entries of the log are about an identity. Only a way to find them: what an entry says of
 * whom stands in the entry, and whoever is given one looks. */
#ifndef MINTMARK_SERVER_STORE_TRACE_H
#define MINTMARK_SERVER_STORE_TRACE_H

#include "server/store/store.h"

/* Inside a transaction: the log's next entry, about this identity. */
MUST_USE status_t store_trace_put(struct store *store,
                                  const uint8_t record_id[static STORE_RECORD_ID_SIZE],
                                  struct span leaf, int64_t now_ms);

/* The indexes of its first `most` entries, ascending; none for an id that is not known. */
MUST_USE status_t store_trace_list(struct store *store,
                                   const uint8_t record_id[static STORE_RECORD_ID_SIZE],
                                   size_t most, uint64_t *ret_entries, size_t *ret_count);

#endif

/* The log's tree in the store (lib/tlog/SPEC.md §1).
 *
 * Entries are staged with what they are about, in one transaction, each with the next sequence.
 * Their hashes are folded into the tree by an operation of its own, store_log_sequence: any process
 * may do it, at any time, and what a crash leaves undone the next one does. A tree answers for the
 * entries it covers; whoever needs the newest sequences first. */
#ifndef MINTMARK_SERVER_STORE_LOG_H
#define MINTMARK_SERVER_STORE_LOG_H

#include "lib/tlog/proof.h"
#include "server/store/store.h"

enum {
    STORE_LOG_BATCH = 1024, /* entries that one transaction folds in: a few milliseconds */
    STORE_LOG_DUE = 256,    /* staged entries after which somebody should */
};

/* Folds in up to `most` entries; *ret_size is what the tree covers then. O(log n) reads and, for
 * each entry, one read and at most two small writes on average. Nothing to do is STATUS_OK.
 * STATUS_DATA_LOSS LOG_CORRUPTED as in store_log_check. */
MUST_USE status_t store_log_sequence(struct store *store, uint64_t most, uint64_t *ret_size,
                                     struct problem *problem);

/* Folds in all that was staged when it began. */
MUST_USE status_t store_log_sequence_all(struct store *store, uint64_t *ret_size,
                                         struct problem *problem);

/* Stages entries that are about nothing else in the store, in one transaction. */
MUST_USE status_t store_log_append(struct store *store, const struct buf *entries, size_t count,
                                   int64_t now_ms, struct problem *problem);

/* Whether this process has staged the entry that fills a batch of STORE_LOG_DUE, since the last
 * store_log_sequence: of several processes exactly one is told. */
bool store_log_due(const struct store *store);

/* For a server's start: the tree's size fits its entries, and its right edge is what its children
 * make. O(log n) reads. STATUS_DATA_LOSS LOG_CORRUPTED. */
MUST_USE status_t store_log_check(struct store *store, struct problem *problem);

/* How many entries the tree covers. */
MUST_USE status_t store_log_tree_size(struct store *store, uint64_t *ret_size,
                                      struct problem *problem);

/* Root of the first `size` entries, and the proofs of lib/tlog: O(log n) reads. STATUS_INVALID
 * LOG_SIZE: not covered, or index and sizes do not go together. */
MUST_USE status_t store_log_root(struct store *store, uint64_t size, struct tlog_head *ret_head,
                                 struct problem *problem);
MUST_USE status_t store_log_inclusion(struct store *store, uint64_t index, uint64_t size,
                                      struct tlog_proof *ret_proof, struct problem *problem);
MUST_USE status_t store_log_consistency(struct store *store, uint64_t old_size, uint64_t new_size,
                                        struct tlog_proof *ret_proof, struct problem *problem);

/* Appends an entry's bytes. STATUS_INVALID LOG_SIZE when there is none at that index. */
MUST_USE status_t store_log_entry(struct store *store, uint64_t index, struct buf *ret_entry,
                                  struct problem *problem);

/* The newest signed checkpoint: its size, 0 when there is none, and its note, appended unless
 * ret_note is NULL. */
MUST_USE status_t store_log_checkpoint(struct store *store, uint64_t *ret_size,
                                       struct buf *ret_note, struct problem *problem);
/* Keeps one; one of the same size that is there already stays. */
MUST_USE status_t store_log_put_checkpoint(struct store *store, uint64_t size, struct span note,
                                           struct problem *problem);

/* The public key that signs this log's checkpoints, in hexadecimal: for whoever has the store but
 * not the token. STATUS_NOT_FOUND: no server with a log key has used this store. */
MUST_USE status_t store_log_put_key(struct store *store, const char *key, struct problem *problem);
MUST_USE status_t store_log_key(struct store *store, char *ret_key, size_t size);

/* The nodes of the tree: those of perfect subtrees that it covers. Borrows the store. */
struct tlog_nodes store_log_nodes(struct store *store);

#endif

/* Inclusion and consistency proofs: made from stored nodes, checked without them (SPEC §2). */
#ifndef MINTMARK_LIB_TLOG_PROOF_H
#define MINTMARK_LIB_TLOG_PROOF_H

#include "lib/tlog/tree.h"

enum { TLOG_PROOF_MAX = TLOG_LEVELS + 1 }; /* the longest there is, RFC 6962 §2.1.2 */

struct tlog_proof {
    size_t count;
    struct tlog_hash hashes[TLOG_PROOF_MAX]; /* from the leaf's sibling up */
};

/* That the leaf `index` is in the tree of `size` leaves: at most 2 * TLOG_LEVELS fetches.
 * STATUS_INVALID unless index < size <= TLOG_SIZE_MAX. */
MUST_USE status_t tlog_proof_inclusion(const struct tlog_nodes *nodes, uint64_t index,
                                       uint64_t size, struct tlog_proof *ret_proof);

/* That the tree of `new_size` leaves begins with that of `old_size`: at most 2 * TLOG_LEVELS
 * fetches; no hashes when old_size is 0 or new_size. STATUS_INVALID unless old_size <= new_size <=
 * TLOG_SIZE_MAX. */
MUST_USE status_t tlog_proof_consistency(const struct tlog_nodes *nodes, uint64_t old_size,
                                         uint64_t new_size, struct tlog_proof *ret_proof);

/* STATUS_REFUSED LOG_INCLUSION unless the proof leads from the leaf to the head's root. */
MUST_USE status_t tlog_proof_check_inclusion(const struct tlog_proof *proof, uint64_t index,
                                             const struct tlog_hash *leaf,
                                             const struct tlog_head *head, struct problem *problem);

/* STATUS_REFUSED LOG_CONSISTENCY unless the proof shows that the newer tree begins with the older.
 */
MUST_USE status_t tlog_proof_check_consistency(const struct tlog_proof *proof,
                                               const struct tlog_head *older,
                                               const struct tlog_head *newer,
                                               struct problem *problem);

#endif

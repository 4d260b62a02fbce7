/* The tree as it grows, and its root at any size it had (SPEC §1, §2).
 *
 * A node (level, index) is the root of the perfect subtree over the leaves
 * index << level … (index + 1 << level) - 1. Only such nodes are ever stored: they never change. */
#ifndef MINTMARK_LIB_TLOG_TREE_H
#define MINTMARK_LIB_TLOG_TREE_H

#include "lib/tlog/hash.h"

/* Where nodes are kept. */
struct tlog_nodes {
    void *context;
    /* A node that the tree has; another status than STATUS_OK is passed to the caller. */
    status_t (*fetch)(void *context, unsigned level, uint64_t index, struct tlog_hash *ret_hash);
};

/* The perfect subtrees a tree of `size` leaves is made of: nodes[k] counts where bit k of size is
 * set. All zero is the empty tree. */
struct tlog_edge {
    uint64_t size;
    struct tlog_hash nodes[TLOG_LEVELS];
};

/* Appends a leaf to a tree smaller than TLOG_SIZE_MAX. Returns how many nodes were made by it:
 * ret_made[k] is the node (k, size before >> k). */
size_t tlog_edge_append(struct tlog_edge *edge, const struct tlog_hash *leaf,
                        struct tlog_hash ret_made[static TLOG_LEVELS]);
void tlog_edge_root(const struct tlog_edge *edge, struct tlog_hash *ret_root);

/* The edge of the first `size` leaves, in at most TLOG_LEVELS fetches. STATUS_INVALID when size is
 * above TLOG_SIZE_MAX. */
MUST_USE status_t tlog_edge_load(const struct tlog_nodes *nodes, uint64_t size,
                                 struct tlog_edge *ret_edge);

/* Hash over the leaves from..to-1, for ranges that are a subtree of some tree: `from` is a multiple
 * of the largest power of two that is not above to - from. At most TLOG_LEVELS fetches; an empty
 * range gives the hash of the empty tree. */
MUST_USE status_t tlog_tree_range(const struct tlog_nodes *nodes, uint64_t from, uint64_t to,
                                  struct tlog_hash *ret_hash);

#endif

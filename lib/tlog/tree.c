#include "lib/tlog/tree.h"

#include <assert.h>

static bool bit(uint64_t number, unsigned level)
{
    return (number >> level & 1) != 0;
}

size_t tlog_edge_append(struct tlog_edge *edge, const struct tlog_hash *leaf,
                        struct tlog_hash ret_made[static TLOG_LEVELS])
{
    assert(edge->size < TLOG_SIZE_MAX);
    unsigned level = 0;
    ret_made[0] = *leaf;
    /* A size below the maximum has a bit that is not set among its 63. */
    while (bit(edge->size, level)) {
        tlog_hash_node(&edge->nodes[level], &ret_made[level], &ret_made[level + 1]);
        level++;
    }
    edge->nodes[level] = ret_made[level];
    edge->size++;
    return (size_t)level + 1;
}

/* SPEC §1: every split leaves the largest perfect subtree on the left, so the root is folded from
 * the smallest one up. */
static void fold(bool *started, const struct tlog_hash *left, struct tlog_hash *hash)
{
    if (*started) {
        tlog_hash_node(left, hash, hash);
    } else {
        *hash = *left;
        *started = true;
    }
}

void tlog_edge_root(const struct tlog_edge *edge, struct tlog_hash *ret_root)
{
    bool started = false;
    tlog_hash_empty(ret_root);
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        if (bit(edge->size, level)) {
            fold(&started, &edge->nodes[level], ret_root);
        }
    }
}

/* The subtree of 2^level leaves in from..to-1, whose count has that bit. */
static status_t fetch_part(const struct tlog_nodes *nodes, uint64_t from, uint64_t to,
                           unsigned level, struct tlog_hash *ret_hash)
{
    uint64_t start = from + ((to - from) >> level >> 1 << level << 1);
    return nodes->fetch(nodes->context, level, start >> level, ret_hash);
}

status_t tlog_edge_load(const struct tlog_nodes *nodes, uint64_t size, struct tlog_edge *ret_edge)
{
    struct tlog_edge edge = {.size = size};
    if (size > TLOG_SIZE_MAX) {
        return STATUS_INVALID;
    }
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        if (bit(size, level)) {
            TRY(fetch_part(nodes, 0, size, level, &edge.nodes[level]));
        }
    }
    *ret_edge = edge;
    return STATUS_OK;
}

status_t tlog_tree_range(const struct tlog_nodes *nodes, uint64_t from, uint64_t to,
                         struct tlog_hash *ret_hash)
{
    bool started = false;
    struct tlog_hash hash;
    tlog_hash_empty(&hash);
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        struct tlog_hash part;
        if (bit(to - from, level)) {
            TRY(fetch_part(nodes, from, to, level, &part));
            fold(&started, &part, &hash);
        }
    }
    *ret_hash = hash;
    return STATUS_OK;
}

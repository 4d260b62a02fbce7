#include "lib/tlog/proof.h"

#include <assert.h>
#include <inttypes.h>

/* Largest power of two below count, which is at least 2 (RFC 6962 §2.1: k < n <= 2k). */
static uint64_t split(uint64_t count)
{
    return (uint64_t)1 << (63 - __builtin_clzll(count - 1));
}

static status_t push(const struct tlog_nodes *nodes, uint64_t from, uint64_t to,
                     struct tlog_proof *proof)
{
    assert(proof->count < TLOG_PROOF_MAX);
    return tlog_tree_range(nodes, from, to, &proof->hashes[proof->count++]);
}

/* Proofs are collected from the root down and read from the leaf up. */
static void turn(struct tlog_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct tlog_hash hash = proof->hashes[i];
        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = hash;
    }
}

/* One step down a tree from..to-1: into the half that has the leaf; the other half is the proof's.
 * *ret_right tells which one was entered. */
static status_t descend(const struct tlog_nodes *nodes, uint64_t leaf, uint64_t *from, uint64_t *to,
                        struct tlog_proof *proof)
{
    uint64_t middle = *from + split(*to - *from);
    if (leaf < middle) {
        TRY(push(nodes, middle, *to, proof));
        *to = middle;
    } else {
        TRY(push(nodes, *from, middle, proof));
        *from = middle;
    }
    return STATUS_OK;
}

status_t tlog_proof_inclusion(const struct tlog_nodes *nodes, uint64_t index, uint64_t size,
                              struct tlog_proof *ret_proof)
{
    struct tlog_proof proof = {0};
    uint64_t from = 0;
    uint64_t to = size;
    if (index >= size || size > TLOG_SIZE_MAX) {
        return STATUS_INVALID;
    }
    while (to - from > 1) {
        TRY(descend(nodes, index, &from, &to, &proof));
    }
    turn(&proof);
    *ret_proof = proof;
    return STATUS_OK;
}

status_t tlog_proof_consistency(const struct tlog_nodes *nodes, uint64_t old_size,
                                uint64_t new_size, struct tlog_proof *ret_proof)
{
    struct tlog_proof proof = {0};
    uint64_t from = 0;
    uint64_t to = new_size;
    if (old_size > new_size || new_size > TLOG_SIZE_MAX) {
        return STATUS_INVALID;
    }
    /* The subtree that ends where the old tree ended; RFC 6962 §2.1.2. */
    while (old_size != 0 && old_size != to) {
        TRY(descend(nodes, old_size - 1, &from, &to, &proof));
    }
    if (from > 0) { /* otherwise it is the old root, which the reader has */
        TRY(push(nodes, from, to, &proof));
    }
    turn(&proof);
    *ret_proof = proof;
    return STATUS_OK;
}

/* The walk up of both checks (RFC 9162 §2.1.3.2, §2.1.4.2): `node` and `last` are the numbers, in
 * the level reached, of the node on the path and of the level's last node. */
struct walk {
    uint64_t node;
    uint64_t last;
};

static void up(struct walk *walk)
{
    walk->node >>= 1;
    walk->last >>= 1;
}

/* The next hash stands on the left of the path. Levels where the path has no sibling, because it
 * ends the tree, are passed over. */
static bool from_left(struct walk *walk)
{
    if ((walk->node & 1) == 0 && walk->node != walk->last) {
        return false;
    }
    while ((walk->node & 1) == 0 && walk->node != 0) {
        up(walk);
    }
    return true;
}

static bool includes(const struct tlog_proof *proof, uint64_t index, const struct tlog_hash *leaf,
                     const struct tlog_head *head)
{
    struct walk walk = {.node = index, .last = head->size - 1};
    struct tlog_hash hash = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (walk.last == 0) {
            return false;
        }
        if (from_left(&walk)) {
            tlog_hash_node(&proof->hashes[i], &hash, &hash);
        } else {
            tlog_hash_node(&hash, &proof->hashes[i], &hash);
        }
        up(&walk);
    }
    return walk.last == 0 && tlog_hash_equal(&hash, &head->root);
}

status_t tlog_proof_check_inclusion(const struct tlog_proof *proof, uint64_t index,
                                    const struct tlog_hash *leaf, const struct tlog_head *head,
                                    struct problem *problem)
{
    if (index < head->size && proof->count <= TLOG_PROOF_MAX &&
        includes(proof, index, leaf, head)) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "LOG_INCLUSION", "index",
                       "the proof does not lead from entry %" PRIu64 " to the root of the tree of "
                       "%" PRIu64 " entries: keep entry, proof and checkpoint as evidence",
                       index, head->size);
}

static bool extends(const struct tlog_proof *proof, const struct tlog_head *older,
                    const struct tlog_head *newer)
{
    struct walk walk = {.node = older->size - 1, .last = newer->size - 1};
    bool perfect = (older->size & (older->size - 1)) == 0; /* the old root is itself a node */
    size_t i = perfect ? 0 : 1;
    if (proof->count < i) {
        return false;
    }
    while ((walk.node & 1) != 0) {
        up(&walk);
    }
    struct tlog_hash old_hash = perfect ? older->root : proof->hashes[0];
    struct tlog_hash new_hash = old_hash;
    for (; i < proof->count; i++) {
        if (walk.last == 0) {
            return false;
        }
        if (from_left(&walk)) {
            tlog_hash_node(&proof->hashes[i], &old_hash, &old_hash);
            tlog_hash_node(&proof->hashes[i], &new_hash, &new_hash);
        } else {
            tlog_hash_node(&new_hash, &proof->hashes[i], &new_hash);
        }
        up(&walk);
    }
    return walk.last == 0 && tlog_hash_equal(&old_hash, &older->root) &&
           tlog_hash_equal(&new_hash, &newer->root);
}

/* Trees of equal size have equal roots; every tree begins with the empty one. */
static bool extends_plainly(const struct tlog_proof *proof, const struct tlog_head *older,
                            const struct tlog_head *newer)
{
    struct tlog_hash empty;
    tlog_hash_empty(&empty);
    if (proof->count != 0) {
        return false;
    }
    return older->size == newer->size ? tlog_hash_equal(&older->root, &newer->root)
                                      : tlog_hash_equal(&older->root, &empty);
}

status_t tlog_proof_check_consistency(const struct tlog_proof *proof, const struct tlog_head *older,
                                      const struct tlog_head *newer, struct problem *problem)
{
    bool shown = false;
    if (older->size <= newer->size && proof->count <= TLOG_PROOF_MAX) {
        shown = older->size == 0 || older->size == newer->size
                    ? extends_plainly(proof, older, newer)
                    : extends(proof, older, newer);
    }
    if (shown) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "LOG_CONSISTENCY", "size",
                       "the tree of %" PRIu64 " entries is not shown to begin with the one of "
                       "%" PRIu64 " seen before: the log may have been rewritten; keep both "
                       "checkpoints as evidence",
                       newer->size, older->size);
}

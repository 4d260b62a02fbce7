/* Hashes of an RFC 6962 Merkle tree (SPEC §1). */
#ifndef MINTMARK_LIB_TLOG_HASH_H
#define MINTMARK_LIB_TLOG_HASH_H

#include "lib/base/digest.h"

enum {
    TLOG_LEAF_MAX = 65535, /* an entry bundle has 16 bits for an entry's length (SPEC §5) */
    TLOG_LEVELS = 63,      /* of perfect subtrees: sizes have 63 bits, as a database's integers */
};

#define TLOG_SIZE_MAX ((uint64_t)INT64_MAX)

struct tlog_hash {
    uint8_t bytes[SHA256_SIZE];
};

/* A tree of `size` leaves. */
struct tlog_head {
    uint64_t size;
    struct tlog_hash root;
};

void tlog_hash_leaf(struct span entry, struct tlog_hash *ret_hash);
/* ret_hash may be one of the two. */
void tlog_hash_node(const struct tlog_hash *left, const struct tlog_hash *right,
                    struct tlog_hash *ret_hash);
/* The root of the tree without leaves. */
void tlog_hash_empty(struct tlog_hash *ret_hash);
bool tlog_hash_equal(const struct tlog_hash *a, const struct tlog_hash *b);

#endif

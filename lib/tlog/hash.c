#include "lib/tlog/hash.h"

/* SPEC §1: leaves and nodes are told apart by their first byte. */
enum { LEAF = 0x00, NODE = 0x01 };

void tlog_hash_leaf(struct span entry, struct tlog_hash *ret_hash)
{
    digest_sha256_prefixed(LEAF, entry, ret_hash->bytes);
}

void tlog_hash_node(const struct tlog_hash *left, const struct tlog_hash *right,
                    struct tlog_hash *ret_hash)
{
    uint8_t bytes[1 + 2 * SHA256_SIZE] = {NODE};
    memcpy(bytes + 1, left->bytes, SHA256_SIZE);
    memcpy(bytes + 1 + SHA256_SIZE, right->bytes, SHA256_SIZE);
    digest_sha256(SPAN_OF(bytes), ret_hash->bytes);
}

void tlog_hash_empty(struct tlog_hash *ret_hash)
{
    digest_sha256((struct span){0}, ret_hash->bytes);
}

bool tlog_hash_equal(const struct tlog_hash *a, const struct tlog_hash *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* Any numbers and hashes as proofs, against trees small enough to know: a proof that is accepted
 * is the one that the tree makes. And any bytes as a tile and a bundle. */
#include <assert.h>

#include "lib/tlog/proof.h"
#include "lib/tlog/tile.h"
#include "tests/unit/tlog/memory_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE = 100 };

static struct tlog_head head_of(const struct tlog_nodes *nodes, uint64_t size)
{
    struct tlog_head head = {.size = size};
    status_t status = tlog_tree_range(nodes, 0, size, &head.root);
    assert(status == STATUS_OK);
    return head;
}

static void check_proofs(struct memory_log *log, uint64_t a, uint64_t b,
                         const struct tlog_proof *proof)
{
    struct tlog_nodes nodes = memory_log_nodes(log);
    struct tlog_head older = head_of(&nodes, a);
    struct tlog_head newer = head_of(&nodes, b);
    struct tlog_proof own = {0};
    const struct tlog_hash *leaf = &log->nodes[0][a];
    if (tlog_proof_check_inclusion(proof, a, leaf, &newer, NULL) == STATUS_OK) {
        status_t status = tlog_proof_inclusion(&nodes, a, b, &own);
        assert(status == STATUS_OK && own.count == proof->count);
        assert(memcmp(own.hashes, proof->hashes, own.count * sizeof(own.hashes[0])) == 0);
    }
    if (tlog_proof_check_consistency(proof, &older, &newer, NULL) == STATUS_OK) {
        status_t status = tlog_proof_consistency(&nodes, a, b, &own);
        assert(status == STATUS_OK && own.count == proof->count);
        assert(memcmp(own.hashes, proof->hashes, own.count * sizeof(own.hashes[0])) == 0);
    }
}

/* A hash of the fuzzer's own, or a node of the tree: two bytes say which. */
static void choose(struct memory_log *log, const uint8_t *bytes, struct tlog_hash *ret_hash)
{
    memset(ret_hash->bytes, bytes[1], sizeof(ret_hash->bytes));
    if (bytes[0] < MEMORY_LOG_LEVELS) {
        *ret_hash = log->nodes[bytes[0]][bytes[1]];
    }
}

static status_t read_tile(void *context, const struct tlog_tile *tile, struct buf *ret_bytes)
{
    (void)tile;
    const struct span *bytes = context;
    buf_append_span(ret_bytes, *bytes);
    return buf_status(ret_bytes);
}

static void check_tile(struct span bytes)
{
    struct tlog_tiles tiles = {.size = bytes.size / 32, .context = &bytes, .read = read_tile};
    struct tlog_nodes nodes = tlog_tile_nodes(&tiles);
    struct tlog_hash hash;
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        (void)nodes.fetch(nodes.context, level, 0, &hash);
    }
}

static void check_bundle(struct span rest)
{
    struct span entry;
    AUTO(buf_done) struct buf again;
    const uint8_t *start = rest.data;
    buf_init(&again, rest.size);
    while (tlog_bundle_next(&rest, &entry) == STATUS_OK) {
        status_t status = tlog_bundle_add(entry, &again);
        assert(status == STATUS_OK);
    }
    assert(again.size == 0 || memcmp(again.data, start, again.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_log *log;
    struct tlog_proof proof = {0};
    if (log == NULL) {
        log = memory_log_new(SIZE);
    }
    check_tile(span_make(data, size));
    check_bundle(span_make(data, size));
    if (size < 2) {
        return 0;
    }
    for (size_t i = 2; i + 1 < size && proof.count < TLOG_PROOF_MAX; i += 2) {
        choose(log, data + i, &proof.hashes[proof.count++]);
    }
    check_proofs(log, data[0] % SIZE, data[1] % (SIZE + 1), &proof);
    return 0;
}

/* Tree and proofs against the RFC's recursive definitions. */
#include "lib/base/hex.h"
#include "lib/tlog/proof.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/memory_log.h"

enum { ALL_SIZES = 130 };

/* MTH(D[from:to]), RFC 6962 §2.1, word for word. */
static struct tlog_hash oracle(uint64_t from, uint64_t to)
{
    struct tlog_hash hash;
    if (to - from == 1) {
        char text[32];
        memory_log_entry(from, text);
        tlog_hash_leaf(span_text(text), &hash);
        return hash;
    }
    uint64_t k = 1;
    while (k * 2 < to - from) {
        k *= 2;
    }
    struct tlog_hash left = oracle(from, from + k);
    struct tlog_hash right = oracle(from + k, to);
    tlog_hash_node(&left, &right, &hash);
    return hash;
}

static struct tlog_head head_of(uint64_t size)
{
    struct tlog_head head = {.size = size};
    if (size == 0) {
        tlog_hash_empty(&head.root);
    } else {
        head.root = oracle(0, size);
    }
    return head;
}

static void assert_hex(const struct tlog_hash *hash, const char *hex)
{
    char text[2 * SHA256_SIZE + 1];
    hex_encode(SPAN_OF(hash->bytes), text);
    assert_string_equal(text, hex);
}

/* Computed with sha256sum. */
static void test_known_hashes(void **state)
{
    (void)state;
    struct tlog_hash a;
    struct tlog_hash b;
    tlog_hash_empty(&a);
    assert_hex(&a, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    tlog_hash_leaf((struct span){0}, &a);
    assert_hex(&a, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    tlog_hash_leaf(span_text("a"), &a);
    assert_hex(&a, "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c");
    tlog_hash_leaf(span_text("b"), &b);
    tlog_hash_node(&a, &b, &a);
    assert_hex(&a, "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb");
}

static void test_roots(void **state)
{
    (void)state;
    struct memory_log *log = memory_log_new(ALL_SIZES);
    struct tlog_nodes nodes = memory_log_nodes(log);
    for (uint64_t size = 0; size <= ALL_SIZES; size++) {
        struct tlog_edge edge;
        struct tlog_hash root;
        struct tlog_head head = head_of(size);
        assert_ok(tlog_edge_load(&nodes, size, &edge));
        tlog_edge_root(&edge, &root);
        assert_true(tlog_hash_equal(&root, &head.root));
        assert_ok(tlog_tree_range(&nodes, 0, size, &root));
        assert_true(tlog_hash_equal(&root, &head.root));
    }
    struct tlog_edge edge;
    assert_int_equal(tlog_edge_load(&nodes, ALL_SIZES + 1, &edge), STATUS_NOT_FOUND);
    assert_int_equal(tlog_edge_load(&nodes, TLOG_SIZE_MAX + 1, &edge), STATUS_INVALID);
    free(log);
}

/* Each proof holds, and stops holding with one bit, hash, index, size or root changed. */
static void break_inclusion(struct tlog_proof *proof, uint64_t index, const struct tlog_hash *leaf,
                            const struct tlog_head *head)
{
    struct problem problem = {0};
    struct tlog_head other = *head;
    for (size_t i = 0; i < proof->count; i++) {
        proof->hashes[i].bytes[i % 32] ^= 1;
        assert_int_equal(tlog_proof_check_inclusion(proof, index, leaf, head, &problem),
                         STATUS_REFUSED);
        assert_string_equal(problem.reason, "LOG_INCLUSION");
        proof->hashes[i].bytes[i % 32] ^= 1;
    }
    other.root.bytes[0] ^= 1;
    assert_int_equal(tlog_proof_check_inclusion(proof, index, leaf, &other, NULL), STATUS_REFUSED);
    assert_int_equal(tlog_proof_check_inclusion(proof, index ^ 1, leaf, head, NULL),
                     STATUS_REFUSED);
    assert_int_equal(tlog_proof_check_inclusion(proof, head->size, leaf, head, NULL),
                     STATUS_REFUSED);
    if (proof->count > 0) {
        proof->count--;
        assert_int_equal(tlog_proof_check_inclusion(proof, index, leaf, head, NULL),
                         STATUS_REFUSED);
        proof->count++;
    }
    if (proof->count < TLOG_PROOF_MAX) {
        proof->hashes[proof->count++] = *leaf;
        assert_int_equal(tlog_proof_check_inclusion(proof, index, leaf, head, NULL),
                         STATUS_REFUSED);
    }
}

static void test_inclusion(void **state)
{
    (void)state;
    struct memory_log *log = memory_log_new(ALL_SIZES);
    struct tlog_nodes nodes = memory_log_nodes(log);
    for (uint64_t size = 1; size <= ALL_SIZES; size++) {
        struct tlog_head head = head_of(size);
        for (uint64_t index = 0; index < size; index++) {
            struct tlog_proof proof;
            struct tlog_hash leaf = oracle(index, index + 1);
            log->fetches = 0;
            assert_ok(tlog_proof_inclusion(&nodes, index, size, &proof));
            assert_true(log->fetches <= 2 * 8);
            assert_ok(tlog_proof_check_inclusion(&proof, index, &leaf, &head, NULL));
            break_inclusion(&proof, index, &leaf, &head);
        }
    }
    struct tlog_proof proof;
    assert_int_equal(tlog_proof_inclusion(&nodes, 5, 5, &proof), STATUS_INVALID);
    assert_int_equal(tlog_proof_inclusion(&nodes, 5, TLOG_SIZE_MAX + 1, &proof), STATUS_INVALID);
    free(log);
}

static void break_consistency(struct tlog_proof *proof, const struct tlog_head *older,
                              const struct tlog_head *newer)
{
    struct problem problem = {0};
    struct tlog_head other = *older;
    for (size_t i = 0; i < proof->count; i++) {
        proof->hashes[i].bytes[i % 32] ^= 0x80;
        assert_int_equal(tlog_proof_check_consistency(proof, older, newer, &problem),
                         STATUS_REFUSED);
        assert_string_equal(problem.reason, "LOG_CONSISTENCY");
        proof->hashes[i].bytes[i % 32] ^= 0x80;
    }
    other.root.bytes[31] ^= 1;
    assert_int_equal(tlog_proof_check_consistency(proof, &other, newer, NULL), STATUS_REFUSED);
    other = *newer;
    other.root.bytes[31] ^= 1;
    if (older->size > 0) { /* any root extends the empty tree */
        assert_int_equal(tlog_proof_check_consistency(proof, older, &other, NULL), STATUS_REFUSED);
    }
    if (proof->count > 0) {
        proof->count--;
        assert_int_equal(tlog_proof_check_consistency(proof, older, newer, NULL), STATUS_REFUSED);
        proof->count++;
    }
    proof->hashes[proof->count++] = older->root;
    assert_int_equal(tlog_proof_check_consistency(proof, older, newer, NULL), STATUS_REFUSED);
}

static void test_consistency(void **state)
{
    (void)state;
    struct memory_log *log = memory_log_new(ALL_SIZES);
    struct tlog_nodes nodes = memory_log_nodes(log);
    struct tlog_head heads[ALL_SIZES + 1];
    struct tlog_proof proof;
    for (uint64_t size = 0; size <= ALL_SIZES; size++) {
        heads[size] = head_of(size);
        for (uint64_t old = 0; old <= size; old++) {
            log->fetches = 0;
            assert_ok(tlog_proof_consistency(&nodes, old, size, &proof));
            assert_true(log->fetches <= 2 * 8);
            assert_ok(tlog_proof_check_consistency(&proof, &heads[old], &heads[size], NULL));
            break_consistency(&proof, &heads[old], &heads[size]);
        }
    }
    assert_ok(tlog_proof_consistency(&nodes, 5, 9, &proof));
    assert_int_equal(tlog_proof_check_consistency(&proof, &heads[9], &heads[5], NULL),
                     STATUS_REFUSED);
    assert_int_equal(tlog_proof_consistency(&nodes, 9, 5, &proof), STATUS_INVALID);
    assert_int_equal(tlog_proof_consistency(&nodes, 9, TLOG_SIZE_MAX + 1, &proof), STATUS_INVALID);
    free(log);
}

/* Trees too large to have: all leaves equal, so that a perfect subtree depends on its level only.
 */
static struct tlog_hash same_nodes[TLOG_LEVELS];

static status_t fetch_same(void *context, unsigned level, uint64_t index,
                           struct tlog_hash *ret_hash)
{
    (void)index;
    unsigned *fetches = context;
    (*fetches)++;
    *ret_hash = same_nodes[level];
    return STATUS_OK;
}

static struct tlog_hash oracle_same(uint64_t count)
{
    unsigned level = 63 - (unsigned)__builtin_clzll(count);
    if (count == (uint64_t)1 << level) {
        return same_nodes[level];
    }
    struct tlog_hash hash = oracle_same(count - ((uint64_t)1 << level));
    tlog_hash_node(&same_nodes[level], &hash, &hash);
    return hash;
}

static uint64_t random_size(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (*seed >> 1 >> (*seed % 50)) | 1;
}

static void check_big(uint64_t old, uint64_t size)
{
    unsigned fetches = 0;
    struct tlog_nodes nodes = {.context = &fetches, .fetch = fetch_same};
    struct tlog_head older = {.size = old, .root = oracle_same(old)};
    struct tlog_head newer = {.size = size, .root = oracle_same(size)};
    struct tlog_proof proof;
    assert_ok(tlog_proof_inclusion(&nodes, old - 1, size, &proof));
    assert_ok(tlog_proof_check_inclusion(&proof, old - 1, &same_nodes[0], &newer, NULL));
    assert_true(fetches <= 2 * TLOG_LEVELS);
    assert_ok(tlog_proof_consistency(&nodes, old, size, &proof));
    assert_ok(tlog_proof_check_consistency(&proof, &older, &newer, NULL));
    assert_true(fetches <= 4 * TLOG_LEVELS);
}

static void test_big(void **state)
{
    (void)state;
    tlog_hash_leaf(span_text("x"), &same_nodes[0]);
    for (unsigned level = 1; level < TLOG_LEVELS; level++) {
        tlog_hash_node(&same_nodes[level - 1], &same_nodes[level - 1], &same_nodes[level]);
    }
    uint64_t seed = 1;
    for (int i = 0; i < 2000; i++) {
        uint64_t a = random_size(&seed);
        uint64_t b = random_size(&seed);
        check_big(a < b ? a : b, a < b ? b : a);
    }
    check_big(1, TLOG_SIZE_MAX);
    check_big(TLOG_SIZE_MAX - 1, TLOG_SIZE_MAX);
    check_big((uint64_t)1 << 62, TLOG_SIZE_MAX);
    check_big(((uint64_t)1 << 62) + 1, TLOG_SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_hashes), cmocka_unit_test(test_roots),
        cmocka_unit_test(test_inclusion),    cmocka_unit_test(test_consistency),
        cmocka_unit_test(test_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The log's tree in a real database: in whatever steps and by whomever it is sequenced, it is the
 * tree over the entries; a row changed, lost or moved is found. */
#include "tests/support/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "server/store/log.h"
#include "server/store/sqlite.h"

static char folder[64];

static const struct store_genesis GENESIS = {.origin = "acme/1", .leaf = {NULL, 0}};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/mintmark-log-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_ok(store_create(folder, &GENESIS, NULL));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    assert_ok(store_open(folder, &store, NULL));
    return store;
}

/* Entries as another operation would stage them, in one transaction. */
static void stage(struct store *store, unsigned count)
{
    status_t status = STATUS_OK;
    assert_ok(sqlite_begin(store, NULL));
    for (unsigned i = 0; i < count && status == STATUS_OK; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "entry of %d: %u", (int)getpid(), i);
        status = sqlite_append_leaf(store, span_text(text), 1000);
    }
    assert_ok(sqlite_finish(store, status, NULL));
}

static void sql(struct store *store, const char *statement)
{
    assert_int_equal(sqlite3_exec(store->database, statement, NULL, NULL, NULL), SQLITE_OK);
}

/* The root over what stands in the table, without any stored node. */
static struct tlog_head oracle(struct store *store, uint64_t size)
{
    struct tlog_edge edge = {0};
    struct tlog_head head = {.size = size};
    while (edge.size < size) {
        struct tlog_hash leaf;
        struct tlog_hash made[TLOG_LEVELS];
        AUTO(buf_done) struct buf entry;
        buf_init(&entry, 256);
        assert_ok(store_log_entry(store, edge.size, &entry, NULL));
        tlog_hash_leaf(buf_span(&entry), &leaf);
        (void)tlog_edge_append(&edge, &leaf, made);
    }
    tlog_edge_root(&edge, &head.root);
    return head;
}

static void assert_root(struct store *store, uint64_t size)
{
    struct tlog_head head;
    struct tlog_head expected = oracle(store, size);
    assert_ok(store_log_root(store, size, &head, NULL));
    assert_int_equal(head.size, size);
    assert_true(tlog_hash_equal(&head.root, &expected.root));
}

static void test_sequence(void **state)
{
    (void)state;
    struct store *store = open_store();
    uint64_t size = 0;
    uint64_t total = 1; /* genesis */
    assert_ok(store_log_check(store, NULL));
    for (unsigned step = 1; step < 40; step++) {
        stage(store, step * 7 % 50);
        total += step * 7 % 50;
        assert_ok(store_log_sequence(store, step, &size, NULL));
        assert_true(size <= total);
        assert_root(store, size);
        assert_ok(store_log_check(store, NULL));
    }
    assert_ok(store_log_sequence_all(store, &size, NULL));
    assert_int_equal(size, total);
    assert_ok(store_log_sequence_all(store, &size, NULL)); /* nothing to do */
    assert_int_equal(size, total);
    for (uint64_t i = 0; i <= total; i += 13) {
        assert_root(store, i);
    }
    store_close(store);
}

static void test_proofs(void **state)
{
    (void)state;
    enum { SIZE = 70 };
    struct store *store = open_store();
    struct problem problem = {0};
    struct tlog_proof proof;
    struct tlog_head heads[SIZE + 1];
    uint64_t size = 0;
    stage(store, SIZE - 1);
    assert_int_equal(store_log_inclusion(store, 0, 1, &proof, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "LOG_SIZE"); /* staged, not in the tree yet */
    assert_ok(store_log_sequence_all(store, &size, NULL));
    for (uint64_t newer = 0; newer <= SIZE; newer++) {
        heads[newer] = oracle(store, newer);
        for (uint64_t older = 0; older < newer; older++) {
            AUTO(buf_done) struct buf entry;
            struct tlog_hash leaf;
            buf_init(&entry, 256);
            assert_ok(store_log_entry(store, older, &entry, NULL));
            tlog_hash_leaf(buf_span(&entry), &leaf);
            assert_ok(store_log_inclusion(store, older, newer, &proof, NULL));
            assert_ok(tlog_proof_check_inclusion(&proof, older, &leaf, &heads[newer], NULL));
            assert_ok(store_log_consistency(store, older, newer, &proof, NULL));
            assert_ok(tlog_proof_check_consistency(&proof, &heads[older], &heads[newer], NULL));
        }
    }
    struct tlog_head head;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 256);
    assert_int_equal(store_log_inclusion(store, 5, 5, &proof, &problem), STATUS_INVALID);
    assert_int_equal(store_log_consistency(store, 6, 5, &proof, &problem), STATUS_INVALID);
    assert_int_equal(store_log_consistency(store, 6, SIZE + 1, &proof, &problem), STATUS_INVALID);
    assert_int_equal(store_log_root(store, SIZE + 1, &head, &problem), STATUS_INVALID);
    assert_int_equal(store_log_entry(store, SIZE, &entry, &problem), STATUS_INVALID);
    assert_int_equal(store_log_entry(store, UINT64_MAX, &entry, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "LOG_SIZE");
    store_close(store);
}

/* Of all that stage, whoever fills a batch is told, and only until it has sequenced. */
static void test_due(void **state)
{
    (void)state;
    struct store *a = open_store();
    struct store *b = open_store();
    uint64_t size = 0;
    stage(a, STORE_LOG_DUE - 2);
    assert_false(store_log_due(a));
    stage(b, 1);
    assert_true(store_log_due(b));
    stage(a, 1);
    assert_false(store_log_due(a));
    assert_ok(store_log_sequence(b, STORE_LOG_BATCH, &size, NULL));
    assert_false(store_log_due(b));
    assert_int_equal(size, STORE_LOG_DUE + 1);
    store_close(a);
    store_close(b);
}

/* Processes that stage and sequence at once, some of them killed: one tree over one sequence. */
static void test_many(void **state)
{
    (void)state;
    enum { PROCESSES = 4, ROUNDS = 25 };
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct store *store = open_store();
            uint64_t size = 0;
            for (unsigned round = 0; round < ROUNDS; round++) {
                stage(store, 1 + round % 5);
                if (store_log_sequence(store, 3, &size, NULL) != STATUS_OK) {
                    _exit(1);
                }
                if (i == 0 && round == ROUNDS / 2) {
                    /* dies in the middle of a transaction */
                    bool begun = sqlite_begin(store, NULL) == STATUS_OK &&
                                 sqlite_append_leaf(store, span_text("x"), 1000) == STATUS_OK;
                    _exit(begun ? 0 : 1);
                }
            }
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct store *store = open_store();
    uint64_t size = 0;
    assert_ok(store_log_sequence_all(store, &size, NULL));
    assert_int_equal(size, 1 + 3 * 75 + 36);
    assert_ok(store_log_check(store, NULL));
    assert_root(store, size);
    store_close(store);
}

/* Each way of rewriting the tables behind the service's back that its start can see. */
static const char *const tampering[] = {
    "DELETE FROM leaf WHERE sequence = 99",
    "UPDATE tree SET size = 101",
    "DELETE FROM tree",
    "DELETE FROM node WHERE level = 6",
    "UPDATE node SET hash = zeroblob(32) WHERE level = 6",
    "UPDATE node SET hash = zeroblob(32) WHERE level = 4 AND position = 5",
    "UPDATE node SET hash = zeroblob(31) WHERE level = 5 AND position = 2",
};

static void test_tampering(void **state)
{
    (void)state;
    uint64_t size = 0;
    struct store *store = open_store();
    stage(store, 99);
    assert_ok(store_log_sequence_all(store, &size, NULL));
    assert_int_equal(size, 100);
    for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
        struct problem problem = {0};
        sql(store, "SAVEPOINT before");
        sql(store, tampering[i]);
        if (store_log_check(store, &problem) != STATUS_DATA_LOSS) {
            fail_msg("not found: %s", tampering[i]);
        }
        assert_string_equal(problem.reason, "LOG_CORRUPTED");
        sql(store, "ROLLBACK TO before");
        sql(store, "RELEASE before");
        assert_ok(store_log_check(store, NULL));
    }
    /* a tree set back does not grow over what it had */
    struct problem problem = {0};
    sql(store, "UPDATE tree SET size = 64");
    assert_int_equal(store_log_sequence(store, STORE_LOG_BATCH, &size, &problem), STATUS_DATA_LOSS);
    assert_string_equal(problem.reason, "LOG_CORRUPTED");
    store_close(store);
}

/* An entry that was changed makes no proof against the root it had. */
static void test_changed_entry(void **state)
{
    (void)state;
    uint64_t size = 0;
    struct tlog_head head;
    struct tlog_head now;
    struct tlog_proof proof;
    struct tlog_hash leaf;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 256);
    struct store *store = open_store();
    stage(store, 99);
    assert_ok(store_log_sequence_all(store, &size, NULL));
    assert_ok(store_log_root(store, size, &head, NULL));
    sql(store, "UPDATE leaf SET content = x'00' WHERE sequence = 42");
    assert_ok(store_log_entry(store, 42, &entry, NULL));
    tlog_hash_leaf(buf_span(&entry), &leaf);
    assert_ok(store_log_inclusion(store, 42, size, &proof, NULL));
    assert_int_equal(tlog_proof_check_inclusion(&proof, 42, &leaf, &head, NULL), STATUS_REFUSED);
    now = oracle(store, size);
    assert_false(tlog_hash_equal(&now.root, &head.root));
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sequence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_proofs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tampering, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changed_entry, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Checkpoints made when they are asked for, and the store held to the last one signed. The signer
 * is played: it signs whatever comes, keeps it in the highwater, and can be ahead of its caller. */
#include "server/issue/checkpoint.h"

#include <sqlite3.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/event/event.h"
#include "lib/tlog/proof_file.h"
#include "server/issue/proof.h"
#include "server/store/log.h"
#include "tests/support/factory.h"
#include "tests/support/test.h"

static struct factory factory;
static char highwater[96];
static int calls;          /* of the signer */
static int moved;          /* so many calls first find that another process was faster */
static status_t refuses;   /* instead of signing */
static bool loses_answers; /* signs, and dies before it answers */

static struct signer log_signer(void)
{
    return pki_plain_key_signer(factory.pai_key); /* any key will do */
}

static struct tlog_key log_key(void)
{
    struct tlog_key key;
    assert_ok(tlog_key_init("test/1", log_signer().spki, &key, NULL));
    return key;
}

static void check_proof(const struct tlog_checkpoint *checkpoint, uint64_t old_size,
                        const struct tlog_proof *proof)
{
    struct tlog_checkpoint old = {0};
    struct tlog_key key = log_key();
    tlog_hash_empty(&old.head.root);
    if (access(highwater, F_OK) == 0) {
        AUTO(buf_done) struct buf note = test_read_file(highwater);
        assert_ok(tlog_checkpoint_open(buf_span(&note), &key, &old, NULL));
    }
    assert_int_equal(old.head.size, old_size);
    assert_ok(tlog_proof_check_consistency(proof, &old.head, &checkpoint->head, NULL));
}

static status_t play_signer(void *token, const struct tlog_checkpoint *checkpoint,
                            uint64_t old_size, const struct tlog_proof *proof, struct buf *ret_note,
                            struct problem *problem)
{
    (void)token;
    struct signer signer = log_signer();
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX);
    calls++;
    if (refuses != STATUS_OK) {
        return problem_say(problem, refuses, "PLAYED", "", "the signer refuses");
    }
    check_proof(checkpoint, old_size, proof);
    assert_ok(tlog_checkpoint_sign(checkpoint, &signer, &note, problem));
    assert_ok(file_write(highwater, buf_span(&note), 0600));
    if (loses_answers || moved-- > 0) {
        return problem_say(problem, loses_answers ? STATUS_UNAVAILABLE : STATUS_ABORTED, "PLAYED",
                           "", "it was another's");
    }
    buf_append_span(ret_note, buf_span(&note));
    return STATUS_OK;
}

static int set_up(void **state)
{
    (void)state;
    factory_init(&factory, 100);
    (void)snprintf(highwater, sizeof(highwater), "%s/highwater", factory.folder);
    factory.environment.highwater = highwater;
    factory.environment.sign_checkpoint = play_signer;
    calls = 0;
    moved = 0;
    refuses = STATUS_OK;
    loses_answers = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    factory_done(&factory);
    return 0;
}

static void issue(unsigned number)
{
    char mac[18];
    struct problem problem;
    AUTO(issue_result_done) struct issue_result result = {0};
    (void)snprintf(mac, sizeof(mac), "60:55:f9:00:00:%02x", number);
    assert_ok(factory_issue(&factory, factory_request(mac), &result, &problem));
}

static uint64_t entries(void)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    assert_ok(store_log_size(factory.store, &size, &newest_ms));
    return size;
}

static struct tlog_checkpoint assert_covers(uint64_t size)
{
    struct problem problem = {0};
    struct tlog_checkpoint checkpoint;
    struct tlog_head head;
    struct tlog_key key = log_key();
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX);
    if (issue_checkpoint(&factory.environment, size, &note, &problem) != STATUS_OK) {
        fail_msg("%s", problem.message);
    }
    assert_ok(tlog_checkpoint_open(buf_span(&note), &key, &checkpoint, NULL));
    assert_true(checkpoint.head.size >= size);
    assert_ok(store_log_root(factory.store, checkpoint.head.size, &head, NULL));
    assert_true(tlog_hash_equal(&head.root, &checkpoint.head.root));
    return checkpoint;
}

static void assert_refused(status_t status, const char *reason)
{
    struct problem problem = {0};
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX);
    assert_int_equal(issue_checkpoint(&factory.environment, entries(), &note, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(note.size, 0);
}

static void assert_check_refuses(status_t status, const char *reason)
{
    struct problem problem = {0};
    int before = calls;
    assert_int_equal(issue_checkpoint_check(&factory.environment, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(calls, before);
}

static void sql(const char *statement)
{
    char path[96];
    sqlite3 *database = NULL;
    (void)snprintf(path, sizeof(path), "%s/mintmark.db", factory.folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, statement, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_when_asked(void **state)
{
    (void)state;
    assert_ok(issue_checkpoint_check(&factory.environment, NULL)); /* none yet, nothing to hold */
    issue(1);
    uint64_t size = entries();
    assert_int_equal(assert_covers(1).head.size, size); /* all there is */
    assert_int_equal(assert_covers(1).head.size, size);
    assert_int_equal(assert_covers(size).head.size, size);
    assert_int_equal(calls, 1); /* the newest covered it */
    issue(2);
    assert_int_equal(assert_covers(size).head.size, size);
    assert_int_equal(calls, 1);
    assert_int_equal(assert_covers(size + 1).head.size, size + 2);
    assert_int_equal(calls, 2);
    assert_ok(issue_checkpoint_upkeep(&factory.environment, NULL));
    assert_int_equal(calls, 2);
    issue(3);
    assert_ok(issue_checkpoint_upkeep(&factory.environment, NULL));
    assert_int_equal(calls, 3);
    assert_ok(issue_checkpoint_check(&factory.environment, NULL));
    AUTO(buf_done) struct buf note;
    struct problem problem = {0};
    buf_init(&note, ISSUE_NOTE_MAX);
    assert_int_equal(issue_checkpoint(&factory.environment, entries() + 1, &note, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.reason, "LOG_SIZE");
}

/* Another process is faster, or dies between signing and storing: its checkpoint is taken. */
static void test_others(void **state)
{
    (void)state;
    issue(1);
    moved = 1;
    assert_int_equal(assert_covers(entries()).head.size, entries());
    assert_int_equal(calls, 1);
    issue(2);
    loses_answers = true;
    assert_refused(STATUS_UNAVAILABLE, "PLAYED");
    assert_int_equal(calls, 2);
    assert_ok(issue_checkpoint_check(&factory.environment, NULL)); /* as the next life would */
    assert_int_equal(assert_covers(entries()).head.size, entries());
    assert_int_equal(calls, 2);
}

static void test_signer_refuses(void **state)
{
    (void)state;
    issue(1);
    refuses = STATUS_REFUSED;
    assert_refused(STATUS_REFUSED, "PLAYED");
    assert_int_equal(calls, 1);
    refuses = STATUS_ABORTED;
    assert_refused(STATUS_ABORTED, "PLAYED");
    assert_int_equal(calls, 1 + ISSUE_ATTEMPTS);
    factory.environment.highwater = NULL;
    assert_refused(STATUS_REFUSED, "LOG_KEY_NONE");
    assert_ok(issue_checkpoint_check(&factory.environment, NULL));
    assert_ok(issue_checkpoint_upkeep(&factory.environment, NULL));
}

static void test_store_set_back(void **state)
{
    (void)state;
    issue(1);
    (void)assert_covers(entries());
    issue(2);
    AUTO(buf_done) struct buf old = test_read_file(highwater);
    (void)assert_covers(entries());
    AUTO(buf_done) struct buf newest = test_read_file(highwater);

    assert_ok(file_write(highwater, buf_span(&old), 0600));
    assert_check_refuses(STATUS_REFUSED, "HIGHWATER_LOST"); /* behind what the store has */
    assert_int_equal(unlink(highwater), 0);
    assert_check_refuses(STATUS_REFUSED, "HIGHWATER_LOST");
    assert_ok(file_write(highwater, span_text("rubbish"), 0600));
    assert_check_refuses(STATUS_DATA_LOSS, "HIGHWATER_CORRUPTED");
    assert_ok(file_write(highwater, buf_span(&newest), 0600));
    factory.environment.origin = "test/2";
    assert_check_refuses(STATUS_REFUSED, "STORE_EPOCH");
    factory.environment.origin = "test/1";
    assert_ok(issue_checkpoint_check(&factory.environment, NULL));

    /* as an older database has it: without the newest checkpoint, entries and nodes */
    sql("DELETE FROM checkpoint; DELETE FROM node; UPDATE tree SET size = 0;"
        "DELETE FROM leaf WHERE sequence = (SELECT max(sequence) FROM leaf)");
    assert_check_refuses(STATUS_REFUSED, "STORE_BEHIND");
}

static void test_store_rewritten(void **state)
{
    (void)state;
    issue(1);
    (void)assert_covers(entries());
    sql("UPDATE leaf SET content = x'7B7D' WHERE sequence = 2;"
        "DELETE FROM node; UPDATE tree SET size = 0"); /* and the tree made to fit */
    assert_check_refuses(STATUS_DATA_LOSS, "LOG_REWRITTEN");
    issue(2);
    assert_refused(STATUS_DATA_LOSS, "LOG_REWRITTEN");
}

/* From what is signed already: asking for a proof signs nothing. */
static void test_proof_of_issuance(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct tlog_proof_file file;
    struct tlog_checkpoint checkpoint;
    struct event event;
    struct tlog_key key = log_key();
    AUTO(issue_result_done) struct issue_result result = {0};
    AUTO(buf_done) struct buf proof;
    AUTO(buf_done) struct buf entry;
    buf_init(&proof, ISSUE_PROOF_MAX);
    buf_init(&entry, EVENT_MAX);
    assert_ok(factory_issue(&factory, factory_request("60:55:f9:00:00:01"), &result, &problem));
    struct span record = SPAN_OF(result.unit.record_id);
    assert_int_equal(issue_proof(&factory.environment, record, &proof, &problem), STATUS_NOT_FOUND);
    assert_int_equal(proof.size, 0);
    assert_int_equal(calls, 0);

    (void)assert_covers(entries());
    issue(2);
    assert_ok(issue_proof(&factory.environment, record, &proof, &problem));
    assert_int_equal(calls, 1);
    assert_ok(tlog_proof_file_read(buf_span(&proof), &file, &problem));
    assert_ok(base64_decode(file.extra, &entry));
    assert_ok(tlog_proof_file_check(&file, buf_span(&entry), &key, &checkpoint, &problem));
    assert_ok(event_read(buf_span(&entry), &event, &problem));
    assert_int_equal(event.type, EVENT_TYPE_DEVICE_ISSUED);
    assert_span_equal(event.values[EVENT_RECORD].bytes, record);
    static const uint8_t NOBODY[STORE_RECORD_ID_SIZE] = {1};
    assert_int_equal(issue_proof(&factory.environment, SPAN_OF(NOBODY), &proof, &problem),
                     STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signer_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_set_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_rewritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_proof_of_issuance, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

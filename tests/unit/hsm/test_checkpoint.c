/* Checkpoints signed by signer processes on a real SoftHSM token: each extends the last, whichever
 * process signed that and whatever became of the file it stands in. */
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/protocol.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/pki/plain_key.h"
#include "tests/unit/hsm/fixture.h"
#include "tests/unit/tlog/memory_log.h"

#define ORIGIN "mint/1"

enum { LOG_SIZE = 64 };

struct run {
    struct fixture *fixture;
    struct hsm_signer_pai configured;
    struct hsm_signer_config config;
    struct hsm_client *client;
    pid_t pid;
    struct tlog_key key;
    struct memory_log *log;
};

/* The log's public key out of the signer's report. */
static struct tlog_key log_key(struct span report)
{
    struct tlog_key key;
    AUTO(buf_done) struct buf point;
    AUTO(buf_done) struct buf spki;
    buf_init(&point, PKI_POINT_SIZE);
    buf_init(&spki, 128);
    json_t *json = json_loadb((const char *)report.data, report.size, 0, NULL);
    json_t *keys = json_object_get(json, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        json_t *one = json_array_get(keys, i);
        if (strcmp(json_string_value(json_object_get(one, "purpose")), "log") == 0) {
            const char *hex = json_string_value(json_object_get(one, "public_key"));
            assert_non_null(hex);
            assert_ok(hex_decode(span_text(hex), &point));
        }
    }
    json_decref(json);
    assert_ok(pki_plain_key_spki(buf_span(&point), &spki));
    assert_ok(tlog_key_init(ORIGIN, buf_span(&spki), &key, NULL));
    return key;
}

static void start(struct run *run, void **state)
{
    struct problem problem;
    *run = (struct run){.fixture = *state, .log = memory_log_new(LOG_SIZE)};
    run->config = fixture_config(run->fixture, &run->configured);
    (void)unlink(run->fixture->highwater);
    assert_ok(fixture_start(&run->config, &run->pid, &run->client, &problem));
    run->key = log_key(hsm_client_report(run->client));
}

static void stop(struct run *run)
{
    hsm_client_close(run->client);
    assert_int_equal(fixture_wait(run->pid), 0);
    free(run->log);
}

static struct hsm_checkpoint_call call_for(struct run *run, uint64_t old_size, uint64_t size)
{
    struct tlog_nodes nodes = memory_log_nodes(run->log);
    struct hsm_checkpoint_call call = {.old_size = old_size,
                                       .checkpoint = {.origin = ORIGIN, .head = {.size = size}}};
    assert_ok(tlog_tree_range(&nodes, 0, size, &call.checkpoint.head.root));
    if (old_size <= size) {
        assert_ok(tlog_proof_consistency(&nodes, old_size, size, &call.proof));
    }
    return call;
}

/* Signs, and the note is the file's and says what was asked. */
static void assert_signed(struct run *run, struct hsm_client *client, uint64_t old, uint64_t size)
{
    struct problem problem = {0};
    struct tlog_checkpoint checkpoint;
    struct hsm_checkpoint_call call = call_for(run, old, size);
    AUTO(buf_done) struct buf note = {0};
    buf_init(&note, 4096);
    if (hsm_client_sign_checkpoint(client, &call.checkpoint, call.old_size, &call.proof, &note,
                                   &problem) != STATUS_OK) {
        fail_msg("%llu: %s", (unsigned long long)size, problem.message);
    }
    assert_ok(tlog_checkpoint_open(buf_span(&note), &run->key, &checkpoint, &problem));
    assert_int_equal(checkpoint.head.size, size);
    assert_true(tlog_hash_equal(&checkpoint.head.root, &call.checkpoint.head.root));
    AUTO(buf_done) struct buf file = test_read_file(run->fixture->highwater);
    assert_span_equal(buf_span(&file), buf_span(&note));
}

static void assert_refused(struct run *run, const struct hsm_checkpoint_call *call,
                           const char *reason)
{
    struct problem problem = {0};
    uint32_t signs = run->fixture->control->signs;
    AUTO(buf_done) struct buf note = {0};
    buf_init(&note, 4096);
    assert_int_not_equal(hsm_client_sign_checkpoint(run->client, &call->checkpoint, call->old_size,
                                                    &call->proof, &note, &problem),
                         STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(note.size, 0);
    assert_int_equal(run->fixture->control->signs, signs); /* the token was not asked */
    assert_false(hsm_client_lost(run->client));
}

static void test_signs(void **state)
{
    struct run run;
    struct stat info;
    start(&run, state);
    assert_signed(&run, run.client, 0, 3);
    assert_signed(&run, run.client, 3, 4);
    assert_signed(&run, run.client, 4, 61);
    assert_signed(&run, run.client, 61, 61); /* again: its answer may have been lost */
    assert_int_equal(stat(run.fixture->highwater, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    stop(&run);
}

static void test_extends_only(void **state)
{
    struct run run;
    start(&run, state);
    assert_signed(&run, run.client, 0, 40);
    struct hsm_checkpoint_call call = call_for(&run, 40, 50);
    call.proof.hashes[0].bytes[0] ^= 1;
    assert_refused(&run, &call, "LOG_CONSISTENCY");
    call = call_for(&run, 40, 50);
    call.checkpoint.head.root.bytes[0] ^= 1;
    assert_refused(&run, &call, "LOG_CONSISTENCY");
    call = call_for(&run, 40, 40);
    call.checkpoint.head.root.bytes[0] ^= 1; /* another tree of the same size */
    assert_refused(&run, &call, "LOG_CONSISTENCY");
    call = call_for(&run, 40, 30); /* back */
    assert_refused(&run, &call, "LOG_CONSISTENCY");
    call = call_for(&run, 0, 50); /* anew */
    assert_refused(&run, &call, "HIGHWATER_MOVED");
    call = call_for(&run, 30, 50);
    assert_refused(&run, &call, "HIGHWATER_MOVED");
    call = call_for(&run, 40, 50);
    (void)snprintf(call.checkpoint.origin, sizeof(call.checkpoint.origin), "mint/2");
    assert_refused(&run, &call, "HIGHWATER_CORRUPTED"); /* the file is of mint/1 */
    (void)snprintf(call.checkpoint.origin, sizeof(call.checkpoint.origin), "min/1");
    assert_refused(&run, &call, "CHECKPOINT_ORIGIN");
    (void)snprintf(call.checkpoint.origin, sizeof(call.checkpoint.origin), "mint/");
    assert_refused(&run, &call, "CHECKPOINT_ORIGIN");
    assert_signed(&run, run.client, 40, 50);
    stop(&run);
}

/* What is done to the file in a signer's life, and before the next one's. */
static void test_file(void **state)
{
    struct run run;
    start(&run, state);
    assert_signed(&run, run.client, 0, 10);
    AUTO(buf_done) struct buf old = test_read_file(run.fixture->highwater);
    assert_signed(&run, run.client, 10, 20);
    AUTO(buf_done) struct buf newest = test_read_file(run.fixture->highwater);
    struct hsm_checkpoint_call anew = call_for(&run, 0, 30);
    struct hsm_checkpoint_call from_old = call_for(&run, 10, 30);
    struct hsm_checkpoint_call next = call_for(&run, 20, 30);

    assert_int_equal(unlink(run.fixture->highwater), 0);
    assert_refused(&run, &anew, "HIGHWATER_LOST");
    assert_ok(file_write(run.fixture->highwater, buf_span(&old), 0600));
    assert_refused(&run, &from_old, "HIGHWATER_LOST");
    newest.data[10] ^= 1;
    assert_ok(file_write(run.fixture->highwater, buf_span(&newest), 0600));
    assert_refused(&run, &next, "HIGHWATER_CORRUPTED");
    newest.data[10] ^= 1;
    assert_ok(file_write(run.fixture->highwater, span_make(newest.data, 0), 0600));
    assert_refused(&run, &next, "HIGHWATER_CORRUPTED");
    assert_ok(file_write(run.fixture->highwater, buf_span(&newest), 0600));
    assert_signed(&run, run.client, 20, 30);
    hsm_client_close(run.client);
    assert_int_equal(fixture_wait(run.pid), 0);

    struct problem problem;
    assert_ok(fixture_start(&run.config, &run.pid, &run.client, &problem));
    assert_refused(&run, &from_old, "HIGHWATER_MOVED"); /* a new life knows the file */
    assert_signed(&run, run.client, 30, 31);
    stop(&run);
}

/* Two signers of one server: the second sees what the first has signed. */
static void test_two(void **state)
{
    struct run run;
    struct hsm_client *second = NULL;
    struct problem problem;
    pid_t pid = 0;
    start(&run, state);
    assert_ok(fixture_start(&run.config, &pid, &second, &problem));
    assert_signed(&run, run.client, 0, 10);
    assert_signed(&run, second, 10, 20);
    struct hsm_checkpoint_call call = call_for(&run, 10, 15);
    assert_refused(&run, &call, "HIGHWATER_MOVED");
    call = call_for(&run, 20, 15);
    assert_refused(&run, &call, "LOG_CONSISTENCY");
    assert_signed(&run, run.client, 20, 21);
    hsm_client_close(second);
    assert_int_equal(fixture_wait(pid), 0);
    stop(&run);
}

static void test_no_folder(void **state)
{
    struct run run;
    struct problem problem;
    start(&run, state);
    hsm_client_close(run.client);
    assert_int_equal(fixture_wait(run.pid), 0);
    run.config.highwater_path = "/nonexistent/highwater";
    assert_ok(fixture_start(&run.config, &run.pid, &run.client, &problem));
    struct hsm_checkpoint_call call = call_for(&run, 0, 5);
    assert_refused(&run, &call, "HIGHWATER");
    stop(&run);
}

static void test_no_key(void **state)
{
    struct run run;
    struct problem problem;
    start(&run, state);
    hsm_client_close(run.client);
    assert_int_equal(fixture_wait(run.pid), 0);
    run.config.log_key_uri = "";
    assert_ok(fixture_start(&run.config, &run.pid, &run.client, &problem));
    struct hsm_checkpoint_call call = call_for(&run, 0, 5);
    assert_refused(&run, &call, "LOG_KEY_NONE");
    stop(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),     cmocka_unit_test(test_extends_only),
        cmocka_unit_test(test_file),      cmocka_unit_test(test_two),
        cmocka_unit_test(test_no_folder), cmocka_unit_test(test_no_key),
    };
    return cmocka_run_group_tests_name("checkpoints", tests, fixture_setup, fixture_teardown);
}

/* The front and our client, over TLS on loopback. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/wire/client.h"
#include "server/front/front.h"
#include "tests/support/test.h"
#include "tests/system/front/stage.h"

static const char ORDER[] = "/mintmark.v1.Provisioning/GetOrder";
static const char DEVICE[] = "/mintmark.v1.Provisioning/ProvisionDevice";

struct result {
    status_t status;
    struct buf message;
    uint32_t retry_ms;
    struct problem problem;
};

static struct result call(struct wire_client *client, const char *path, const char *request)
{
    struct result result = {0};
    buf_init_secret(&result.message, 0);
    result.status = wire_client_call(client, path, span_text(request), &result.message,
                                     &result.retry_ms, &result.problem);
    return result;
}

static void expect(struct wire_client *client, const char *request, status_t status,
                   const char *reason)
{
    struct result result = call(client, ORDER, request);
    if (result.status != status) {
        print_message("%s: %s\n", request, result.problem.message);
    }
    assert_int_equal(result.status, status);
    assert_string_equal(result.problem.reason, reason);
    buf_done(&result.message);
}

static pid_t call_in_child(const struct stage *stage, const char *request, status_t expected)
{
    pid_t child = fork();
    if (child == 0) {
        struct wire_client *client = stage_client(stage, "station", NULL, 9000);
        struct result result = call(client, ORDER, request);
        if (result.status != expected) {
            print_message("%s: %s\n", request, result.problem.message);
        }
        _exit(result.status == expected ? 0 : 1);
    }
    return child;
}

static void expect_child(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void sizes_come_back_whole(void **state)
{
    struct stage *stage = *state;
    static const size_t sizes[] = {0, 1, 11, 16370, 16375, 16376, 65535, 102400, 1048576, 4194304};
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char request[32];
        (void)snprintf(request, sizeof(request), "size %zu", sizes[i]);
        struct result result = call(client, DEVICE, request);
        assert_ok(result.status);
        assert_int_equal(result.message.size, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++) {
            if (result.message.data[k] != k % 251) {
                fail_msg("byte %zu of %zu differs", k, sizes[i]);
            }
        }
        buf_done(&result.message);
    }
}

static void requests_arrive_whole(void **state)
{
    struct stage *stage = *state;
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    static const size_t sizes[] = {0, 1, 4095, 4096};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char request[4097] = "";
        memset(request, 'x', sizes[i]);
        struct result result = call(client, DEVICE, request);
        assert_ok(result.status);
        assert_span_equal(buf_span(&result.message), span_text(request));
        buf_done(&result.message);
    }
}

static void identity_and_deadline_reach_the_worker(void **state)
{
    struct stage *stage = *state;
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    struct result result = call(client, ORDER, "who");
    assert_ok(result.status);
    assert_span_equal(buf_span(&result.message),
                      span_text("spiffe://test/station/line1-03 2 0 in time"));
    buf_done(&result.message);
}

static void errors_carry_details(void **state)
{
    struct stage *stage = *state;
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    struct result result = call(client, ORDER, "error");
    assert_int_equal(result.status, STATUS_REFUSED);
    assert_string_equal(result.problem.reason, "CD_DOES_NOT_COVER");
    assert_string_equal(result.problem.field, "order");
    assert_string_equal(result.problem.message, "100 % refused: übel");
    assert_int_equal(result.retry_ms, 1500);
    expect(client, "mismatch", STATUS_REFUSED, ""); /* details of another code are not passed on */
}

static void refusals_of_the_front(void **state)
{
    struct stage *stage = *state;
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    struct result result = call(client, "/mintmark.v1.Provisioning/Nothing", "echo");
    assert_int_equal(result.status, STATUS_UNIMPLEMENTED);
    assert_string_equal(result.problem.reason, "METHOD_UNKNOWN");
    result = call(client, "/mintmark.v1.Administration/CreateOrder", "echo");
    assert_int_equal(result.status, STATUS_UNIMPLEMENTED);
    char large[1026];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0'; /* 1025 bytes: one more than GetOrder takes */
    expect(client, large, STATUS_EXHAUSTED, "MESSAGE_TOO_LARGE");
    expect(client, "echo", STATUS_OK, ""); /* and the connection goes on */
}

static void identities_are_checked(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *name;
        const char *reason;
    } rows[] = {{"nobody", "IDENTITY_MISSING"},
                {"double", "IDENTITY_AMBIGUOUS"},
                {"stranger", "IDENTITY_OTHER_DOMAIN"},
                {"outsider", "TLS_CERTIFICATE_REFUSED"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO(wire_client_close)
        struct wire_client *client = stage_client(stage, rows[i].name, NULL, 9000);
        expect(client, "echo", STATUS_UNAUTHENTICATED, rows[i].reason);
    }
}

static void server_is_checked(void **state)
{
    struct stage *stage = *state;
    struct stage other;
    AUTO(wire_client_close)
    struct wire_client *named = stage_client(stage, "station", "mint", 9000);
    expect(named, "echo", STATUS_UNAUTHENTICATED, "TLS_NAME_MISMATCH");
    AUTO(wire_client_close)
    struct wire_client *good = stage_client(stage, "station", "localhost", 9000);
    expect(good, "echo", STATUS_OK, "");
    stage_open(&other, "expired");
    AUTO(wire_client_close) struct wire_client *late = stage_client(&other, "station", NULL, 9000);
    expect(late, "echo", STATUS_UNAUTHENTICATED, "TLS_PEER_EXPIRED");
    assert_int_equal(stage_close(&other), 0);
}

static void deadline_ends_a_call_in_a_worker(void **state)
{
    struct stage *stage = *state;
    AUTO(wire_client_close) struct wire_client *hasty = stage_client(stage, "station", NULL, 300);
    struct result result = call(hasty, ORDER, "hold");
    assert_int_equal(result.status, STATUS_DEADLINE);
    stage_wait_held(stage);
    stage_release(stage); /* the late answer is dropped, the worker is used again */
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    expect(client, "echo", STATUS_OK, "");
}

/* The server's own limit (GetOrder: 5 s) ends what waits, whatever the client would bear. */
static void waiting_calls_end_at_the_limit(void **state)
{
    struct stage alone;
    (void)state;
    stage_open(&alone, "server");
    AUTO(wire_client_close)
    struct wire_client *client = stage_client(&alone, "station", NULL, 9000);
    expect(client, "echo", STATUS_UNAVAILABLE, "NO_WORKER");
    stage_add_worker(&alone);
    expect(client, "echo", STATUS_OK, "");
    pid_t caller = call_in_child(&alone, "hold", STATUS_DEADLINE);
    stage_wait_held(&alone); /* the only worker is busy */
    expect(client, "echo", STATUS_DEADLINE, "DEADLINE_IN_QUEUE");
    expect_child(caller); /* ended by the front while its worker went on */
    stage_release(&alone);
    expect(client, "echo", STATUS_OK, "");
    assert_int_equal(stage_close(&alone), 0);
}

static void worker_death_is_unavailable(void **state)
{
    struct stage alone;
    (void)state;
    stage_open(&alone, "server");
    stage_add_worker(&alone);
    AUTO(wire_client_close)
    struct wire_client *client = stage_client(&alone, "station", NULL, 9000);
    struct result result = call(client, ORDER, "die");
    assert_int_equal(result.status, STATUS_UNAVAILABLE);
    assert_string_equal(result.problem.reason, "WORKER_LOST");
    assert_int_equal(result.retry_ms, 500);
    stage_add_worker(&alone);
    expect(client, "echo", STATUS_OK, "");
    expect(client, "garbage", STATUS_UNAVAILABLE, "WORKER_LOST");
    stage_add_worker(&alone);
    expect(client, "echo", STATUS_OK, "");
    assert_int_equal(stage_close(&alone), 0);
}

/* A worker whose socket is broken by the time its answer has freed it for the next in the queue. */
static void worker_that_dies_with_a_queue_behind(void **state)
{
    struct stage alone;
    pid_t children[6];
    (void)state;
    stage_open(&alone, "server");
    stage_add_worker(&alone);
    children[0] = call_in_child(&alone, "last", STATUS_OK);
    stage_wait_held(&alone);
    for (int i = 1; i < 6; i++) {
        children[i] = call_in_child(&alone, "echo", STATUS_UNAVAILABLE);
    }
    AUTO(wire_client_close)
    struct wire_client *client = stage_client(&alone, "station", NULL, 9000);
    for (int i = 0; i < 200; i++) { /* meanwhile the children's calls enter the queue */
        struct result result = call(client, "/grpc.health.v1.Health/Check", "");
        assert_ok(result.status);
        buf_done(&result.message);
    }
    stage_release(&alone);
    for (int i = 0; i < 6; i++) {
        expect_child(children[i]);
    }
    stage_add_worker(&alone);
    expect(client, "echo", STATUS_OK, "");
    assert_int_equal(stage_close(&alone), 0);
}

static void connection_failures_say_why(void **state)
{
    struct stage gone;
    (void)state;
    stage_open(&gone, "server");
    AUTO(wire_client_close) struct wire_client *client = stage_client(&gone, "station", NULL, 9000);
    stage_add_worker(&gone);
    expect(client, "echo", STATUS_OK, "");
    assert_int_equal(stage_close(&gone), 0);
    struct result result = call(client, ORDER, "echo");
    assert_int_equal(result.status, STATUS_UNAVAILABLE);
    assert_string_equal(result.problem.reason, "SERVER_UNREACHABLE");
    assert_int_equal(result.retry_ms, 500);
}

/* An address with all its handshakes under way: our client is closed at once, and told to come
 * again, which then works, since silent ones make room. */
static void crowded_address_may_try_again(void **state)
{
    struct stage *stage = *state;
    int silent[FRONT_HANDSHAKES_PER_ADDRESS_MAX];
    for (int i = 0; i < FRONT_HANDSHAKES_PER_ADDRESS_MAX; i++) {
        silent[i] = stage_connect(stage);
    }
    AUTO(wire_client_close) struct wire_client *client = stage_client(stage, "station", NULL, 9000);
    struct result result = call(client, ORDER, "echo");
    assert_int_equal(result.status, STATUS_UNAVAILABLE);
    assert_int_equal(result.retry_ms, 500);
    (void)usleep((FRONT_HANDSHAKE_YIELD_MS + 100) * 1000);
    expect(client, "echo", STATUS_OK, "");
    for (int i = 0; i < FRONT_HANDSHAKES_PER_ADDRESS_MAX; i++) {
        (void)close(silent[i]);
    }
}

/* SIGTERM while a worker has a call: the call still ends well, then the front does, with code 0
 * also when it is asked again at its very end (stage_close does). */
static void drain_finishes_calls(void **state)
{
    struct stage alone;
    (void)state;
    stage_open(&alone, "server");
    stage_add_worker(&alone);
    pid_t caller = call_in_child(&alone, "hold", STATUS_OK);
    stage_wait_held(&alone);
    assert_int_equal(kill(alone.front, SIGTERM), 0);
    stage_release(&alone);
    expect_child(caller);
    assert_int_equal(stage_close(&alone), 0);
}

static void supervisor_death_ends_the_front(void **state)
{
    struct stage alone;
    siginfo_t info;
    (void)state;
    stage_open(&alone, "server");
    (void)shutdown(alone.control, SHUT_RDWR);
    assert_int_equal(waitid(P_PID, (id_t)alone.front, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(stage_close(&alone), 0);
}

static int open_stage(void **state)
{
    static struct stage stage;
    stage_open(&stage, "server");
    stage_add_worker(&stage);
    stage_add_worker(&stage);
    *state = &stage;
    return 0;
}

static int close_stage(void **state)
{
    return stage_close(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_come_back_whole),
        cmocka_unit_test(requests_arrive_whole),
        cmocka_unit_test(identity_and_deadline_reach_the_worker),
        cmocka_unit_test(errors_carry_details),
        cmocka_unit_test(refusals_of_the_front),
        cmocka_unit_test(identities_are_checked),
        cmocka_unit_test(server_is_checked),
        cmocka_unit_test(deadline_ends_a_call_in_a_worker),
        cmocka_unit_test(waiting_calls_end_at_the_limit),
        cmocka_unit_test(worker_death_is_unavailable),
        cmocka_unit_test(worker_that_dies_with_a_queue_behind),
        cmocka_unit_test(connection_failures_say_why),
        cmocka_unit_test(crowded_address_may_try_again),
        cmocka_unit_test(drain_finishes_calls),
        cmocka_unit_test(supervisor_death_ends_the_front),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, open_stage, close_stage);
}

/* The frames between worker and signer, and a client facing a signer that breaks them. */
#include "hsm/protocol.h"

#include <sys/socket.h>
#include <unistd.h>

#include "hsm/client.h"
#include "tests/support/test.h"

static void test_header(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf frame = {0};
    buf_init(&frame, 64);
    assert_ok(hsm_protocol_write_header(HSM_CALL_DERIVE_KEY, 16, &frame));
    assert_int_equal(frame.size, HSM_PROTOCOL_HEADER);
    enum hsm_kind kind = HSM_CALL_REPORT;
    size_t size = 0;
    assert_ok(hsm_protocol_read_header(frame.data, &kind, &size));
    assert_int_equal(kind, HSM_CALL_DERIVE_KEY);
    assert_int_equal(size, 16);
    for (size_t i = 0; i < 8; i++) { /* every octet of magic, version, kind and zero counts */
        frame.data[i] ^= 0x40;
        assert_int_equal(hsm_protocol_read_header(frame.data, &kind, &size), STATUS_MALFORMED);
        frame.data[i] ^= 0x40;
    }
    write_le32(frame.data + 8, HSM_PROTOCOL_CALL_MAX);
    assert_ok(hsm_protocol_read_header(frame.data, &kind, &size));
    write_le32(frame.data + 8, HSM_PROTOCOL_CALL_MAX + 1);
    assert_int_equal(hsm_protocol_read_header(frame.data, &kind, &size), STATUS_MALFORMED);
    assert_int_equal(hsm_protocol_write_header(HSM_CALL_REPORT, HSM_PROTOCOL_CALL_MAX + 1, &frame),
                     STATUS_TOO_LARGE);
}

static void test_sign(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, 256);
    struct span name;
    struct span tbs;
    assert_ok(hsm_protocol_write_sign("acme", span_text("tbs"), &payload));
    assert_ok(hsm_protocol_read_sign(buf_span(&payload), &name, &tbs));
    assert_span_equal(name, span_text("acme"));
    assert_span_equal(tbs, span_text("tbs"));
    for (size_t cut = 0; cut < 6; cut++) { /* no TBS left, name cut, nothing */
        assert_int_equal(
            hsm_protocol_read_sign(span_make(payload.data, cut > 5 ? 5 : cut), &name, &tbs),
            STATUS_MALFORMED);
    }
    payload.data[2] = '\n';
    assert_int_equal(hsm_protocol_read_sign(buf_span(&payload), &name, &tbs), STATUS_MALFORMED);
    char longest[HSM_PROTOCOL_NAME_MAX + 2];
    memset(longest, 'n', sizeof(longest));
    longest[HSM_PROTOCOL_NAME_MAX + 1] = '\0';
    assert_int_equal(hsm_protocol_write_sign(longest, span_text("t"), &payload), STATUS_INVALID);
    assert_int_equal(hsm_protocol_write_sign("", span_text("t"), &payload), STATUS_INVALID);
}

static void test_sign_crl(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, 256);
    uint32_t last = 0;
    struct span name;
    struct span tbs;
    assert_ok(hsm_protocol_write_sign_crl(0x01020304, "acme", span_text("tbs"), &payload));
    assert_ok(hsm_protocol_read_sign_crl(buf_span(&payload), &last, &name, &tbs));
    assert_int_equal(last, 0x01020304);
    assert_span_equal(name, span_text("acme"));
    assert_span_equal(tbs, span_text("tbs"));
    for (size_t size = 0; size < payload.size - 2; size++) {
        assert_int_equal(
            hsm_protocol_read_sign_crl(span_make(payload.data, size), &last, &name, &tbs),
            STATUS_MALFORMED);
    }
    AUTO(buf_done) struct buf frame = {0};
    buf_init(&frame, 64);
    assert_ok(hsm_protocol_write_header(HSM_CALL_SIGN_CRL, HSM_PROTOCOL_CRL_MAX, &frame));
    assert_int_equal(hsm_protocol_write_header(HSM_CALL_SIGN_CRL, HSM_PROTOCOL_CRL_MAX + 1, &frame),
                     STATUS_TOO_LARGE);
}

static void test_sign_checkpoint(void **state)
{
    (void)state;
    struct hsm_checkpoint_call call = {.checkpoint = {.origin = "mint/1", .head = {.size = 9}},
                                       .old_size = 5};
    struct hsm_checkpoint_call read;
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, HSM_PROTOCOL_CALL_MAX);
    call.proof.count = TLOG_PROOF_MAX;
    memset(call.proof.hashes, 7, sizeof(call.proof.hashes));
    assert_ok(hsm_protocol_write_checkpoint(&call, &payload));
    assert_ok(hsm_protocol_read_checkpoint(buf_span(&payload), &read));
    assert_int_equal(read.old_size, 5);
    assert_int_equal(read.checkpoint.head.size, 9);
    assert_string_equal(read.checkpoint.origin, "mint/1");
    assert_int_equal(read.proof.count, TLOG_PROOF_MAX);
    assert_memory_equal(read.proof.hashes, call.proof.hashes, sizeof(read.proof.hashes));
    for (size_t size = 0; size < payload.size; size++) {
        assert_int_equal(hsm_protocol_read_checkpoint(span_make(payload.data, size), &read),
                         STATUS_MALFORMED);
    }
    payload.data[8] = TLOG_PROOF_MAX + 1;
    assert_int_equal(hsm_protocol_read_checkpoint(buf_span(&payload), &read), STATUS_MALFORMED);
}

static void test_problem(void **state)
{
    (void)state;
    struct problem problem = {0};
    (void)problem_say(&problem, STATUS_REFUSED, "KEY_PAIR", "pais.acme", "not of this key");
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, 1024);
    assert_ok(hsm_protocol_write_problem(&problem, true, &payload));
    struct problem got;
    bool last = false;
    assert_ok(hsm_protocol_read_problem(buf_span(&payload), &got, &last));
    assert_int_equal(got.status, STATUS_REFUSED);
    assert_string_equal(got.reason, "KEY_PAIR");
    assert_string_equal(got.field, "pais.acme");
    assert_string_equal(got.message, "not of this key");
    assert_true(last);
    for (size_t size = 0; size < payload.size; size++) {
        assert_int_equal(hsm_protocol_read_problem(span_make(payload.data, size), &got, &last),
                         STATUS_MALFORMED);
    }
    static const struct {
        size_t place;
        uint8_t value;
    } bad[] = {{0, STATUS_OK}, {0, STATUS_COUNT}, {1, 2}, {2, 200}, {3, 255}, {6, 1}, {8, 0x1B}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t saved = payload.data[bad[i].place];
        payload.data[bad[i].place] = bad[i].value;
        assert_int_equal(hsm_protocol_read_problem(buf_span(&payload), &got, &last),
                         STATUS_MALFORMED);
        payload.data[bad[i].place] = saved;
    }
}

/* A client whose signer has said this; the signer's end stays open at *ret_peer. */
static status_t open_after(enum hsm_kind kind, struct span payload, int *ret_peer,
                           struct hsm_client **ret_client, struct problem *problem)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(hsm_protocol_send(pair[1], kind, payload));
    *ret_peer = pair[1];
    return hsm_client_open(pair[0], ret_client, problem);
}

static void test_client_hello(void **state)
{
    (void)state;
    struct hsm_client *client = NULL;
    struct problem problem = {0};
    int peer = -1;
    assert_int_equal(open_after(HSM_ANSWER_OK, span_text("{}"), &peer, &client, &problem),
                     STATUS_UNAVAILABLE); /* an answer before hello */
    assert_string_equal(problem.reason, "SIGNER_PROTOCOL");
    (void)close(peer);

    struct problem said = {0};
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, 1024);
    (void)problem_say(&said, STATUS_REFUSED, "PIN_LATCHED", "pin", "run unlatch");
    assert_ok(hsm_protocol_write_problem(&said, true, &payload));
    assert_int_equal(open_after(HSM_ANSWER_PROBLEM, buf_span(&payload), &peer, &client, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "PIN_LATCHED");
    assert_string_equal(problem.message, "run unlatch");
    (void)close(peer);
}

static void test_client_answers(void **state)
{
    (void)state;
    struct hsm_client *client = NULL;
    struct problem problem = {0};
    int peer = -1;
    AUTO(secret_wipe) struct secret key = {0};
    assert_ok(open_after(HSM_ANSWER_HELLO, span_text("{}"), &peer, &client, &problem));
    assert_span_equal(hsm_client_report(client), span_text("{}"));
    assert_int_equal(hsm_client_derive_key(client, (struct span){0}, &key, &problem),
                     STATUS_INVALID);
    assert_false(hsm_client_lost(client));
    assert_ok(hsm_protocol_send(peer, HSM_ANSWER_OK, span_text("31 bytes are not a derived key")));
    assert_int_equal(hsm_client_derive_key(client, span_text("salt"), &key, &problem),
                     STATUS_UNAVAILABLE);
    assert_true(hsm_client_lost(client));
    assert_null(key.data);
    hsm_client_close(client);
    (void)close(peer);

    assert_ok(open_after(HSM_ANSWER_HELLO, span_text("{}"), &peer, &client, &problem));
    (void)close(peer);
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, 128);
    assert_int_equal(hsm_client_sign_dac(client, "acme", span_text("tbs"), &signature, &problem),
                     STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "SIGNER_LOST");
    assert_true(hsm_client_lost(client));
    hsm_client_close(client);
    hsm_client_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),         cmocka_unit_test(test_sign),
        cmocka_unit_test(test_sign_crl),       cmocka_unit_test(test_sign_checkpoint),
        cmocka_unit_test(test_problem),        cmocka_unit_test(test_client_hello),
        cmocka_unit_test(test_client_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

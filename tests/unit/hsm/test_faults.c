/* A token that misbehaves: nothing wrong may leave the signer, and it must end rather than hang. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/hsm/fixture.h"

struct served {
    pid_t pid;
    struct hsm_client *client;
};

static struct served start(struct fixture *fixture)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    struct served served = {0};
    struct problem problem;
    fixture->control->fault = SHIM_NONE;
    assert_ok(fixture_start(&config, &served.pid, &served.client, &problem));
    return served;
}

static status_t sign(struct fixture *fixture, struct hsm_client *client, struct problem *problem)
{
    struct pki_certificate pai;
    assert_ok(pki_certificate_parse(buf_span(&fixture->pai), &pai, problem));
    AUTO(buf_done) struct buf tbs = fixture_dac_tbs(&pai);
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, 128);
    *problem = (struct problem){0};
    status_t status = hsm_client_sign_dac(client, "acme", buf_span(&tbs), &signature, problem);
    assert_true((status == STATUS_OK) == (signature.size > 0));
    return status;
}

/* A fault in one signature: UNAVAILABLE, the client is lost, the process gone with this code. */
static void assert_fatal(struct fixture *fixture, enum shim_fault fault, uint64_t value,
                         const char *reason, int code)
{
    struct served served = start(fixture);
    struct problem problem;
    assert_ok(sign(fixture, served.client, &problem));
    fixture->control->value = value;
    fixture->control->fault = fault;
    assert_int_equal(sign(fixture, served.client, &problem), STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, reason);
    assert_true(hsm_client_lost(served.client));
    fixture->control->fault = SHIM_NONE;
    assert_int_equal(sign(fixture, served.client, &problem), STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "SIGNER_LOST");
    hsm_client_close(served.client);
    assert_int_equal(fixture_wait(served.pid), code);
}

static void test_wrong_signatures(void **state)
{
    assert_fatal(*state, SHIM_SIGN_FLIP, 0, "TOKEN_SIGNATURE", 3);
    assert_fatal(*state, SHIM_SIGN_SHORT, 0, "TOKEN_SIGNATURE", 3);
    assert_fatal(*state, SHIM_SIGN_LONG, 0, "TOKEN_SIGNATURE", 3);
    assert_fatal(*state, SHIM_SIGN_ZERO, 0, "TOKEN_SIGNATURE", 3);
    assert_fatal(*state, SHIM_SIGN_OTHER, 0, "TOKEN_SIGNATURE", 3);
}

static void test_token_lost(void **state)
{
    assert_fatal(*state, SHIM_SIGN_RV, 0x30, "TOKEN_LOST", 3);         /* CKR_DEVICE_ERROR */
    assert_fatal(*state, SHIM_SIGN_RV, 0x32, "TOKEN_LOST", 3);         /* CKR_DEVICE_REMOVED */
    assert_fatal(*state, SHIM_SIGN_RV, 0xB3, "TOKEN_SESSION_LOST", 3); /* session handle */
    assert_fatal(*state, SHIM_SIGN_RV, 0x101, "TOKEN_LOGIN_LOST", 3);  /* not logged in */
    assert_fatal(*state, SHIM_SIGN_RV, 0x80000001, "TOKEN_LOST", 3);   /* a vendor's */
    assert_fatal(*state, SHIM_SIGN_RV, 0x31, "TOKEN_CAPACITY", 3);     /* CKR_DEVICE_MEMORY */
}

static void test_hang(void **state)
{
    struct timespec before;
    struct timespec after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    assert_fatal(*state, SHIM_SIGN_HANG, 0, "SIGNER_LOST", 128 + SIGKILL);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec >= HSM_SIGNER_CALL_MS / 1000);
    assert_true(after.tv_sec - before.tv_sec < 4 * HSM_SIGNER_CALL_MS / 1000);
}

static void test_crash(void **state)
{
    struct fixture *fixture = *state;
    struct served served = start(fixture);
    struct problem problem;
    fixture->control->fault = SHIM_SIGN_CRASH;
    assert_int_equal(sign(fixture, served.client, &problem), STATUS_UNAVAILABLE);
    assert_true(hsm_client_lost(served.client));
    fixture->control->fault = SHIM_NONE;
    hsm_client_close(served.client);
    assert_int_not_equal(fixture_wait(served.pid), 0);
}

static void test_killed(void **state)
{
    struct served served = start(*state);
    struct problem problem;
    assert_int_equal(kill(served.pid, SIGKILL), 0);
    assert_int_equal(fixture_wait(served.pid), 128 + SIGKILL);
    AUTO(secret_wipe) struct secret key = {0};
    assert_int_equal(hsm_client_derive_key(served.client, span_text("salt"), &key, &problem),
                     STATUS_UNAVAILABLE);
    assert_true(hsm_client_lost(served.client));
    hsm_client_close(served.client);
}

/* The self-test stands between a faulty token and the first unit. */
static void test_self_test(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    struct hsm_client *client = NULL;
    struct problem problem;
    pid_t pid = 0;
    fixture->control->fault = SHIM_SIGN_FLIP;
    assert_int_equal(fixture_start(&config, &pid, &client, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "KEY_SELF_TEST");
    assert_int_equal(fixture_wait(pid), 1);
    assert_int_equal(CEREMONY(fixture, "check"), 1);
    fixture->control->fault = SHIM_NONE;
    assert_int_equal(CEREMONY(fixture, "check"), 0);
}

/* Tokens without C_CopyObject get their keys another way, and the report says what is less. */
static void test_no_copy(void **state)
{
    struct fixture *fixture = *state;
    fixture->control->fault = SHIM_NO_COPY;
    assert_int_equal(CEREMONY(fixture, "pai", "create", "plain", "--vendor-id", "0xFFF1"), 0);
    fixture->control->fault = SHIM_NONE;
    assert_int_equal(CEREMONY(fixture, "check", "--json"), 0);
    AUTO(buf_done) struct buf report = test_read_file("output");
    buf_append_byte(&report, 0);
    const char *plain = strstr((const char *)report.data, "\"plain\"");
    assert_non_null(plain);
    assert_non_null(strstr(plain, "\"strict\""));
    assert_non_null(strstr(plain, "modifiable is true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_signatures),
        cmocka_unit_test(test_token_lost),
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_self_test),
        cmocka_unit_test(test_no_copy),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

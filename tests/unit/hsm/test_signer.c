/* The signer process on a real SoftHSM token: what it does, and what it refuses. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hsm/protocol.h"
#include "lib/base/file.h"
#include "lib/matter/certificate.h"
#include "tests/unit/hsm/fixture.h"

enum { SIGNATURES = 100, TOGETHER = 4, NOBODY = 65534 };

/* What a refused start says; the process must end by itself. */
static void assert_refused(const struct hsm_signer_config *config, status_t status,
                           const char *reason)
{
    pid_t pid = 0;
    struct hsm_client *client = NULL;
    struct problem problem;
    assert_int_equal(fixture_start(config, &pid, &client, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_true(strlen(problem.message) > 20);
    assert_null(client);
    assert_int_equal(fixture_wait(pid), status_exit_code(status));
}

static void test_report(void **state)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    pid_t pid = 0;
    struct problem problem;
    struct hsm_client *client = NULL;
    assert_ok(fixture_start(&config, &pid, &client, &problem));
    struct span report = hsm_client_report(client);
    json_t *json = json_loadb((const char *)report.data, report.size, 0, NULL);
    assert_non_null(json);
    json_t *token = json_object_get(json, "token");
    assert_string_equal(json_string_value(json_object_get(token, "label")), "mint");
    assert_true(json_is_true(json_object_get(token, "software")));
    json_t *keys = json_object_get(json, "keys");
    assert_int_equal(json_array_size(keys), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *policy = json_object_get(json_array_get(keys, i), "policy");
        assert_string_equal(json_string_value(json_object_get(policy, "class")), "strict");
        json_t *attributes = json_object_get(policy, "attributes");
        assert_true(json_is_false(json_object_get(attributes, "extractable")));
        assert_true(json_is_false(json_object_get(attributes, "modifiable")));
    }
    json_decref(json);
    hsm_client_close(client);
    assert_int_equal(fixture_wait(pid), 0);
}

static void test_signatures(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai configured;
    struct hsm_signer_config config = fixture_config(fixture, &configured);
    pid_t pid = 0;
    struct problem problem;
    AUTO(hsm_client_close) struct hsm_client *client = NULL;
    assert_ok(fixture_start(&config, &pid, &client, &problem));
    uint32_t finds = fixture->control->finds;
    struct pki_certificate pai;
    assert_ok(pki_certificate_parse(buf_span(&fixture->pai), &pai, &problem));
    for (int i = 0; i < SIGNATURES; i++) {
        AUTO(buf_done) struct buf tbs = fixture_dac_tbs(&pai);
        AUTO(buf_done) struct buf signature = {0};
        AUTO(buf_done) struct buf dac = {0};
        buf_init(&signature, 128);
        buf_init(&dac, PKI_CERTIFICATE_MAX);
        assert_ok(hsm_client_sign_dac(client, "acme", buf_span(&tbs), &signature, &problem));
        assert_ok(pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &dac));
        assert_ok(matter_certificate_check_chain(buf_span(&dac), buf_span(&fixture->pai),
                                                 buf_span(&fixture->paa), time(NULL), &problem));
    }
    assert_int_equal(fixture->control->finds, finds); /* keys are found once, at start */
}

static void derive(const struct hsm_signer_config *config, const char *salt, struct secret *ret_key)
{
    pid_t pid = 0;
    struct problem problem;
    struct hsm_client *client = NULL;
    assert_ok(fixture_start(config, &pid, &client, &problem));
    assert_ok(hsm_client_derive_key(client, span_text(salt), ret_key, &problem));
    AUTO(secret_wipe) struct secret again = {0};
    assert_ok(hsm_client_derive_key(client, span_text(salt), &again, &problem));
    assert_span_equal(secret_span(ret_key), secret_span(&again));
    hsm_client_close(client);
    assert_int_equal(fixture_wait(pid), 0);
}

static void test_derive_key(void **state)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    AUTO(secret_wipe) struct secret first = {0};
    AUTO(secret_wipe) struct secret same = {0};
    AUTO(secret_wipe) struct secret other = {0};
    derive(&config, "salt of a day", &first);
    derive(&config, "salt of a day", &same); /* another process, the same key */
    derive(&config, "salt of another day", &other);
    assert_int_equal(first.size, HSM_CLIENT_KEY_SIZE);
    assert_span_equal(secret_span(&first), secret_span(&same));
    assert_false(span_equal(secret_span(&first), secret_span(&other)));
}

static void write_pin(const struct fixture *fixture, const char *pin)
{
    assert_ok(file_write(fixture->pin, span_text(pin), 0600));
}

static void assert_starts(const struct hsm_signer_config *config)
{
    pid_t pid = 0;
    struct problem problem;
    struct hsm_client *client = NULL;
    assert_ok(fixture_start(config, &pid, &client, &problem));
    hsm_client_close(client);
    assert_int_equal(fixture_wait(pid), 0);
}

static void test_wrong_pin(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    AUTO(buf_done) struct buf right = test_read_file(fixture->pin);
    buf_append_byte(&right, 0);
    uint32_t logins = fixture->control->logins;

    write_pin(fixture, "wrong");
    assert_refused(&config, STATUS_DENIED, "PIN_REFUSED");
    assert_int_equal(fixture->control->logins, logins + 1);
    for (int restart = 0; restart < 3; restart++) {
        assert_refused(&config, STATUS_REFUSED, "PIN_LATCHED");
    }
    assert_int_equal(CEREMONY(fixture, "check"), 1); /* the custodian's tool holds to it too */
    assert_int_equal(fixture->control->logins, logins + 1);

    AUTO(buf_done) struct buf latch = test_read_file(fixture->latch);
    buf_append_byte(&latch, 0);
    assert_null(strstr((const char *)latch.data, "wrong"));

    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_refused(&config, STATUS_DENIED, "PIN_REFUSED"); /* once more, and latched again */
    assert_refused(&config, STATUS_REFUSED, "PIN_LATCHED");
    assert_int_equal(fixture->control->logins, logins + 2);

    write_pin(fixture, (const char *)right.data); /* another file: the latch no longer holds */
    assert_starts(&config);
    assert_int_equal(access(fixture->latch, F_OK), -1);
}

static void test_pin_states(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    const uint64_t flags[] = {1UL << 17, 1UL << 18, 1UL << 19}; /* final try, locked, to change */
    uint32_t logins = fixture->control->logins;
    fixture->control->fault = SHIM_TOKEN_FLAGS;
    for (size_t i = 0; i < 3; i++) {
        fixture->control->value = flags[i];
        assert_refused(&config, STATUS_REFUSED, "TOKEN_PIN_STATE");
    }
    assert_int_equal(fixture->control->logins, logins);
    fixture->control->fault = SHIM_LOGIN_RV;
    fixture->control->value = 0xA4; /* CKR_PIN_LOCKED */
    assert_refused(&config, STATUS_DENIED, "PIN_REFUSED");
    assert_refused(&config, STATUS_REFUSED, "PIN_LATCHED");
    fixture->control->value = 0x30; /* CKR_DEVICE_ERROR says nothing about the PIN */
    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_refused(&config, STATUS_UNAVAILABLE, "TOKEN_LOST");
    fixture->control->fault = SHIM_NONE;
    assert_starts(&config);
}

static void test_latch_must_be_writable(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    uint32_t logins = fixture->control->logins;
    config.latch_path = "/nonexistent/pin.latch";
    assert_refused(&config, STATUS_REFUSED, "LATCH_FILE");
    assert_int_equal(fixture->control->logins, logins);
}

static void test_missing(void **state)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    pai.key_uri = "pkcs11:token=mint;object=nobody";
    assert_refused(&config, STATUS_NOT_FOUND, "KEY_NOT_FOUND");
    pai.key_uri = "pkcs11:token=mint;object=mintmark-log"; /* a good key, of another pair */
    assert_refused(&config, STATUS_REFUSED, "KEY_PAIR");
    pai.key_uri = "pkcs11:token=other;object=acme";
    assert_refused(&config, STATUS_INVALID, "TOKEN_DIFFERENT");
    pai.key_uri = "pkcs11:token=mint;object=acme;pin-value=1234";
    assert_refused(&config, STATUS_INVALID, "URI_PIN");
    config = fixture_config(*state, &pai);
    pai.key_uri = "pkcs11:token=lost;object=acme";
    config.seal_key_uri = "pkcs11:token=lost;object=mintmark-seal";
    config.log_key_uri = "";
    assert_refused(&config, STATUS_NOT_FOUND, "TOKEN_NOT_FOUND");
    config = fixture_config(*state, &pai);
    config.module = "/nonexistent/module.so";
    assert_refused(&config, STATUS_NOT_FOUND, "MODULE_MISSING");
    config.module = "shim.so";
    assert_refused(&config, STATUS_INVALID, "MODULE_PATH");
}

static void test_module_mode(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    assert_int_equal(chmod(fixture->module, 0777), 0);
    assert_refused(&config, STATUS_REFUSED, "MODULE_MODE");
    assert_int_equal(chmod(fixture->module, 0755), 0);
    config.module = fixture->conf; /* a file, but no library */
    assert_refused(&config, STATUS_REFUSED, "MODULE_LOAD");
}

/* Replaces the one occurrence of `from` in a copy of `der`. */
static struct buf patched(struct span der, struct span from, struct span to)
{
    struct buf copy;
    buf_init(&copy, PKI_CERTIFICATE_MAX);
    buf_append_span(&copy, der);
    uint8_t *place = memmem(copy.data, copy.size, from.data, from.size);
    assert_non_null(place);
    memcpy(place, to.data, to.size);
    return copy;
}

static void test_pai_without_crl_sign(void **state)
{
    static const uint8_t both[] = {0x03, 0x02, 0x01, 0x06}; /* keyCertSign, cRLSign */
    static const uint8_t only[] = {0x03, 0x02, 0x02, 0x04}; /* keyCertSign */
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    AUTO(buf_done)
    struct buf bad = patched(buf_span(&fixture->pai), SPAN_OF(both), SPAN_OF(only));
    pai.certificate = buf_span(&bad);
    assert_refused(&config, STATUS_REFUSED, "PAI_NO_CRL_SIGN");
    pai.certificate = buf_span(&fixture->paa); /* not a PAI at all */
    pid_t pid = 0;
    struct hsm_client *client = NULL;
    struct problem problem;
    assert_int_not_equal(fixture_start(&config, &pid, &client, &problem), STATUS_OK);
    assert_int_not_equal(fixture_wait(pid), 0);
}

static void assert_not_signed(struct fixture *fixture, struct hsm_client *client, const char *pai,
                              struct span tbs)
{
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, 128);
    struct problem problem = {0};
    uint32_t signs = fixture->control->signs;
    assert_int_not_equal(hsm_client_sign_dac(client, pai, tbs, &signature, &problem), STATUS_OK);
    assert_true(problem.message[0] != '\0');
    assert_int_equal(signature.size, 0);
    assert_int_equal(fixture->control->signs, signs); /* refused before the token was asked */
    assert_false(hsm_client_lost(client));
}

static void test_tbs_refused(void **state)
{
    static const uint8_t usage[] = {0x03, 0x02, 0x07, 0x80};     /* digitalSignature */
    static const uint8_t authority[] = {0x03, 0x02, 0x02, 0x04}; /* keyCertSign */
    static const uint8_t vendor[] = {'F', 'F', 'F', '1'};
    static const uint8_t other_vendor[] = {'F', 'F', 'F', '2'};
    struct fixture *fixture = *state;
    struct hsm_signer_pai configured;
    struct hsm_signer_config config = fixture_config(fixture, &configured);
    pid_t pid = 0;
    struct problem problem;
    struct hsm_client *client = NULL;
    assert_ok(fixture_start(&config, &pid, &client, &problem));
    struct pki_certificate pai;
    struct pki_certificate paa;
    assert_ok(pki_certificate_parse(buf_span(&fixture->pai), &pai, &problem));
    assert_ok(pki_certificate_parse(buf_span(&fixture->paa), &paa, &problem));

    AUTO(buf_done) struct buf good = fixture_dac_tbs(&pai);
    assert_not_signed(fixture, client, "nobody", buf_span(&good));
    AUTO(buf_done) struct buf wrong_issuer = fixture_dac_tbs(&paa);
    assert_not_signed(fixture, client, "acme", buf_span(&wrong_issuer));
    AUTO(buf_done)
    struct buf wrong_usage = patched(buf_span(&good), SPAN_OF(usage), SPAN_OF(authority));
    assert_not_signed(fixture, client, "acme", buf_span(&wrong_usage));
    AUTO(buf_done)
    struct buf wrong_vendor = patched(buf_span(&good), SPAN_OF(vendor), SPAN_OF(other_vendor));
    assert_not_signed(fixture, client, "acme", buf_span(&wrong_vendor));
    assert_not_signed(fixture, client, "acme", span_make(good.data, good.size - 1));
    assert_not_signed(fixture, client, "acme", span_text("a message of the attacker's choice"));
    assert_not_signed(fixture, client, "acme", pai.tbs);

    AUTO(buf_done) struct buf signature = {0}; /* and it still serves */
    buf_init(&signature, 128);
    assert_ok(hsm_client_sign_dac(client, "acme", buf_span(&good), &signature, &problem));
    hsm_client_close(client);
    assert_int_equal(fixture_wait(pid), 0);
}

static void test_protocol_errors(void **state)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    static const uint8_t garbage[HSM_PROTOCOL_HEADER] = "GET / HTTP/1";
    AUTO(buf_done) struct buf payload = {0};
    buf_init_secret(&payload, HSM_PROTOCOL_ANSWER_MAX);
    for (int i = 0; i < 3; i++) {
        struct fixture_signer signer = fixture_spawn(&config, 0);
        enum hsm_kind kind = HSM_CALL_REPORT;
        assert_ok(hsm_protocol_receive(signer.socket, &kind, &payload));
        assert_int_equal(kind, HSM_ANSWER_HELLO);
        if (i == 0) {
            assert_int_equal(write(signer.socket, garbage, sizeof(garbage)), sizeof(garbage));
        } else if (i == 1) {
            assert_ok(hsm_protocol_send(signer.socket, HSM_ANSWER_OK, span_text("not a call")));
        } else {
            assert_ok(hsm_protocol_send(signer.socket, HSM_CALL_SIGN_DAC, span_text("\xFFx")));
        }
        assert_int_equal(fixture_wait(signer.pid), 1);
        (void)close(signer.socket);
    }
}

static void test_starts_together(void **state)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    struct fixture_signer signers[TOGETHER];
    for (int i = 0; i < TOGETHER; i++) {
        signers[i] = fixture_spawn(&config, 0);
    }
    struct hsm_client *clients[TOGETHER];
    for (int i = 0; i < TOGETHER; i++) {
        assert_ok(hsm_client_open(signers[i].socket, &clients[i], NULL));
    }
    for (int i = 0; i < TOGETHER; i++) {
        hsm_client_close(clients[i]);
        assert_int_equal(fixture_wait(signers[i].pid), 0);
    }
}

/* The posture for production: the token's files cannot be written by the signer, who is not root.
 */
static void test_read_only_token(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai configured;
    struct hsm_signer_config config = fixture_config(fixture, &configured);
    uid_t user = geteuid() == 0 ? NOBODY : 0;
    assert_int_equal(system("find tokens -type d -exec chmod 0500 {} + && "
                            "find tokens -type f -exec chmod 0400 {} +"),
                     0);
    if (user != 0) {
        assert_int_equal(system("chown -R 65534:65534 tokens state"), 0);
    }
    for (int start = 0; start < 2; start++) {
        struct fixture_signer signer = fixture_spawn(&config, user);
        struct problem problem = {0};
        struct hsm_client *client = NULL;
        assert_ok(hsm_client_open(signer.socket, &client, &problem));
        struct pki_certificate pai;
        assert_ok(pki_certificate_parse(buf_span(&fixture->pai), &pai, &problem));
        AUTO(buf_done) struct buf tbs = fixture_dac_tbs(&pai);
        AUTO(buf_done) struct buf signature = {0};
        buf_init(&signature, 128);
        assert_ok(hsm_client_sign_dac(client, "acme", buf_span(&tbs), &signature, &problem));
        hsm_client_close(client);
        assert_int_equal(fixture_wait(signer.pid), 0);
    }
    assert_int_equal(system("find tokens -type d -exec chmod 0700 {} + && "
                            "find tokens -type f -exec chmod 0600 {} +"),
                     0);
    if (user != 0) {
        assert_int_equal(system("chown -R 0:0 tokens state"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_derive_key),
        cmocka_unit_test(test_wrong_pin),
        cmocka_unit_test(test_pin_states),
        cmocka_unit_test(test_latch_must_be_writable),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_module_mode),
        cmocka_unit_test(test_pai_without_crl_sign),
        cmocka_unit_test(test_tbs_refused),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_starts_together),
        cmocka_unit_test(test_read_only_token),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

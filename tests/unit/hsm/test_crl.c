/* Revocation lists signed by the signer process on a real SoftHSM token: what it signs, and that a
 * PAI's lists never go back. */
#include "hsm/protocol.h"
#include "lib/matter/crl.h"
#include "tests/unit/hsm/fixture.h"

enum { DAY = 86400, SIGNATURE_ROOM = 128 };

struct run {
    struct fixture *fixture;
    struct hsm_signer_pai configured;
    struct hsm_signer_config config;
    struct pki_certificate pai;
    struct hsm_client *client;
    pid_t pid;
};

static void start(struct run *run, void **state)
{
    struct problem problem;
    *run = (struct run){.fixture = *state};
    run->config = fixture_config(run->fixture, &run->configured);
    assert_ok(pki_certificate_parse(buf_span(&run->fixture->pai), &run->pai, NULL));
    assert_ok(fixture_start(&run->config, &run->pid, &run->client, &problem));
}

static void stop(struct run *run)
{
    hsm_client_close(run->client);
    assert_int_equal(fixture_wait(run->pid), 0);
}

static struct buf list_tbs(const struct pki_certificate *pai, uint32_t number,
                           const struct pki_crl_entry *entries, size_t count)
{
    const struct matter_crl crl = {
        .pai = pai,
        .number = number,
        .this_update = pai->not_before + DAY,
        .next_update = pai->not_before + 8 * DAY,
        .entries = entries,
        .entry_count = count,
    };
    struct buf tbs;
    buf_init(&tbs, PKI_CRL_MAX);
    assert_ok(matter_crl_tbs(&crl, &tbs, NULL));
    return tbs;
}

/* Signs list `number` without entries, saying that `last` was the one before. */
static status_t sign(struct run *run, uint32_t number, uint32_t last, struct problem *problem)
{
    AUTO(buf_done) struct buf tbs = list_tbs(&run->pai, number, NULL, 0);
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNATURE_ROOM);
    *problem = (struct problem){0};
    return hsm_client_sign_crl(run->client, "acme", last, buf_span(&tbs), &signature, problem);
}

static void assert_not_signed(struct run *run, const char *pai, struct span tbs, const char *reason)
{
    AUTO(buf_done) struct buf signature = {0};
    struct problem problem = {0};
    uint32_t signs = run->fixture->control->signs;
    buf_init(&signature, SIGNATURE_ROOM);
    assert_int_not_equal(hsm_client_sign_crl(run->client, pai, 0, tbs, &signature, &problem),
                         STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(signature.size, 0);
    assert_int_equal(run->fixture->control->signs, signs); /* the token was not asked */
    assert_false(hsm_client_lost(run->client));
}

static void test_signs(void **state)
{
    struct run run;
    static const uint8_t serial[16] = {0x41};
    start(&run, state);
    const struct pki_crl_entry entry = {.serial = SPAN_OF(serial),
                                        .time = run.pai.not_before + DAY,
                                        .reason = PKI_CRL_KEY_COMPROMISE};
    AUTO(buf_done) struct buf tbs = list_tbs(&run.pai, 1, &entry, 1);
    AUTO(buf_done) struct buf signature = {0};
    AUTO(buf_done) struct buf der = {0};
    struct pki_crl crl;
    buf_init(&signature, SIGNATURE_ROOM);
    buf_init(&der, PKI_CRL_MAX);
    assert_ok(hsm_client_sign_crl(run.client, "acme", 0, buf_span(&tbs), &signature, NULL));
    assert_ok(pki_crl_assemble(buf_span(&tbs), buf_span(&signature), &der));
    assert_ok(pki_crl_parse(buf_span(&der), &crl, NULL));
    assert_ok(pki_crl_verify(&crl, run.pai.public_key, NULL));
    assert_ok(matter_crl_lint(&crl, &run.pai, NULL));
    stop(&run);
}

static void test_never_goes_back(void **state)
{
    struct run run;
    struct problem problem;
    start(&run, state);
    assert_ok(sign(&run, 5, 4, &problem));
    assert_ok(sign(&run, 5, 4, &problem)); /* the very bytes of the last */
    assert_int_equal(sign(&run, 4, 3, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_NUMBER");
    assert_int_equal(sign(&run, 6, 6, &problem), STATUS_REFUSED); /* above the store's, too */
    assert_int_equal(sign(&run, 6, UINT32_MAX, &problem), STATUS_REFUSED);
    static const uint8_t serial[16] = {0x41};
    const struct pki_crl_entry entry = {.serial = SPAN_OF(serial), .time = run.pai.not_before};
    AUTO(buf_done) struct buf other = list_tbs(&run.pai, 5, &entry, 1);
    assert_not_signed(&run, "acme", buf_span(&other), "CRL_NUMBER"); /* same number, other bytes */
    assert_ok(sign(&run, 6, 5, &problem));
    assert_false(hsm_client_lost(run.client));
    stop(&run);
}

static void test_step(void **state)
{
    struct run run;
    struct problem problem;
    start(&run, state);
    uint32_t signs = run.fixture->control->signs;
    assert_int_equal(sign(&run, HSM_PROTOCOL_CRL_STEP_MAX + 1, 0, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_NUMBER_STEP");
    /* saying that the last one was as high does not help */
    assert_int_equal(sign(&run, UINT32_MAX, UINT32_MAX - 1, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_NUMBER_STEP");
    assert_int_equal(run.fixture->control->signs, signs); /* the token was not asked */
    assert_ok(sign(&run, HSM_PROTOCOL_CRL_STEP_MAX, 0, &problem));
    assert_ok(sign(&run, 2 * HSM_PROTOCOL_CRL_STEP_MAX, 0, &problem));
    assert_int_equal(sign(&run, 3 * HSM_PROTOCOL_CRL_STEP_MAX + 1, 0, &problem), STATUS_REFUSED);
    assert_false(hsm_client_lost(run.client));
    stop(&run);
}

static void test_refused(void **state)
{
    struct run run;
    struct pki_certificate paa;
    start(&run, state);
    assert_ok(pki_certificate_parse(buf_span(&run.fixture->paa), &paa, NULL));
    AUTO(buf_done) struct buf good = list_tbs(&run.pai, 1, NULL, 0);
    AUTO(buf_done) struct buf foreign = list_tbs(&paa, 1, NULL, 0);
    AUTO(buf_done) struct buf zero = list_tbs(&run.pai, 0, NULL, 0);
    AUTO(buf_done) struct buf dac = fixture_dac_tbs(&run.pai);
    assert_not_signed(&run, "nobody", buf_span(&good), "PAI_UNKNOWN");
    assert_not_signed(&run, "acme", buf_span(&foreign), "CRL_ISSUER");
    assert_not_signed(&run, "acme", buf_span(&zero), "CRL_NUMBER");
    assert_not_signed(&run, "acme", buf_span(&dac), "CRL_MALFORMED");
    assert_not_signed(&run, "acme", span_make(good.data, good.size - 1), "CRL_MALFORMED");
    assert_not_signed(&run, "", buf_span(&good), "SIGN_CALL");
    /* and the other way: a list is not signed as a DAC */
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNATURE_ROOM);
    assert_int_not_equal(hsm_client_sign_dac(run.client, "acme", buf_span(&good), &signature, NULL),
                         STATUS_OK);
    assert_int_equal(signature.size, 0);
    stop(&run);
}

/* As large as lists may get here: the frames and the token's time limit hold. */
static void test_large(void **state)
{
    struct run run;
    uint8_t(*serials)[16] = calloc(MATTER_CRL_ENTRIES_MAX, sizeof(*serials));
    struct pki_crl_entry *entries = calloc(MATTER_CRL_ENTRIES_MAX, sizeof(*entries));
    assert_true(serials != NULL && entries != NULL);
    start(&run, state);
    for (size_t i = 0; i < MATTER_CRL_ENTRIES_MAX; i++) {
        serials[i][0] = 0x41;
        serials[i][1] = (uint8_t)(i >> 8);
        serials[i][2] = (uint8_t)i;
        entries[i] = (struct pki_crl_entry){.serial = SPAN_OF(serials[i]),
                                            .time = run.pai.not_before,
                                            .reason = PKI_CRL_SUPERSEDED};
    }
    AUTO(buf_done) struct buf tbs = list_tbs(&run.pai, 1, entries, MATTER_CRL_ENTRIES_MAX);
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNATURE_ROOM);
    assert_true(tbs.size > HSM_PROTOCOL_CALL_MAX);
    assert_ok(hsm_client_sign_crl(run.client, "acme", 0, buf_span(&tbs), &signature, NULL));
    free(serials);
    free(entries);
    stop(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs), cmocka_unit_test(test_never_goes_back),
        cmocka_unit_test(test_step),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests_name("signed lists", tests, fixture_setup, fixture_teardown);
}

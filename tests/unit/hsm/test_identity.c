/* The identity CA on a real SoftHSM token: which certificates a signer makes, and what it refuses.
 */
#include <time.h>

#include "lib/pki/identity_certificate.h"
#include "lib/pki/pem.h"
#include "lib/pki/plain_key.h"
#include "tests/unit/hsm/fixture.h"

enum { DAY = 86400 };
#define IDENTITY_URI "pkcs11:token=mint;object=mintmark-identity"
#define PREFIX "spiffe://acme/station/"

/* Makes the CA once; its certificate as DER. */
static struct buf make_authority(struct fixture *fixture)
{
    struct buf der;
    AUTO(buf_done) struct buf pem = {0};
    assert_int_equal(CEREMONY(fixture, "identity", "create", "-o", "identity-ca.pem",
                              "--common-name", "ACME stations"),
                     0);
    pem = test_read_file("identity-ca.pem");
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct problem problem = {0};
    assert_ok(pki_pem_decode(buf_span(&pem), "CERTIFICATE", &der, &problem));
    return der;
}

static struct hsm_signer_config config_with(const struct fixture *fixture,
                                            struct hsm_signer_pai *pai, struct span certificate)
{
    struct hsm_signer_config config = fixture_config(fixture, pai);
    config.identity_key_uri = IDENTITY_URI;
    config.identity_certificate = certificate;
    config.identity_prefix = PREFIX;
    return config;
}

static struct buf client_tbs(const struct pki_certificate *ca, const char *uri)
{
    struct problem problem = {0};
    struct buf tbs;
    uint8_t scalar[PKI_SCALAR_SIZE] = {[31] = 9};
    uint8_t point[PKI_POINT_SIZE];
    assert_ok(pki_plain_key_public(SPAN_OF(scalar), point));
    struct pki_identity_certificate client = {
        .common_name = "line1-03",
        .uri = uri,
        .not_before = ca->not_before,
        .not_after = ca->not_before + 365 * DAY,
        .public_key = SPAN_OF(point),
        .issuer = ca,
    };
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    assert_ok(pki_identity_certificate_tbs(&client, &tbs, &problem));
    return tbs;
}

static void refuse(struct hsm_client *client, struct span tbs, const char *reason)
{
    struct problem problem = {0};
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    assert_int_not_equal(hsm_client_sign_identity(client, tbs, &signature, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(signature.size, 0);
}

static void test_signs(void **state)
{
    struct fixture *fixture = *state;
    struct problem problem = {0};
    struct hsm_signer_pai pai;
    struct pki_certificate ca;
    struct pki_certificate made;
    pid_t pid = 0;
    AUTO(buf_done) struct buf der = make_authority(fixture);
    AUTO(hsm_client_close) struct hsm_client *client = NULL;
    struct hsm_signer_config config = config_with(fixture, &pai, buf_span(&der));
    assert_ok(pki_certificate_parse(buf_span(&der), &ca, &problem));
    assert_ok(fixture_start(&config, &pid, &client, &problem));

    AUTO(buf_done) struct buf tbs = client_tbs(&ca, PREFIX "line1-03");
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf certificate;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    assert_ok(hsm_client_sign_identity(client, buf_span(&tbs), &signature, &problem));
    assert_ok(pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &certificate));
    assert_ok(pki_certificate_parse(buf_span(&certificate), &made, &problem));
    assert_ok(pki_certificate_verify(&made, ca.public_key, &problem));

    AUTO(buf_done) struct buf mine = client_tbs(&ca, "spiffe://acme/operator/op-1");
    refuse(client, buf_span(&mine), "IDENTITY_NAME");
    struct pki_certificate acme;
    assert_ok(pki_certificate_parse(buf_span(&fixture->pai), &acme, &problem));
    AUTO(buf_done) struct buf dac = fixture_dac_tbs(&acme);
    refuse(client, buf_span(&dac), "IDENTITY_PROFILE");
    /* and the other way round: this is no DAC */
    AUTO(buf_done) struct buf none;
    buf_init(&none, SIGNER_SIGNATURE_MAX);
    assert_int_not_equal(hsm_client_sign_dac(client, "acme", buf_span(&tbs), &none, &problem),
                         STATUS_OK);
    /* refusing is not dying */
    buf_clear(&signature);
    assert_ok(hsm_client_sign_identity(client, buf_span(&tbs), &signature, &problem));
}

static void test_without(void **state)
{
    struct problem problem = {0};
    struct hsm_signer_pai pai;
    struct pki_certificate ca;
    pid_t pid = 0;
    AUTO(buf_done) struct buf der = make_authority(*state);
    AUTO(hsm_client_close) struct hsm_client *client = NULL;
    struct hsm_signer_config config = fixture_config(*state, &pai);
    assert_ok(pki_certificate_parse(buf_span(&der), &ca, &problem));
    assert_ok(fixture_start(&config, &pid, &client, &problem));
    AUTO(buf_done) struct buf tbs = client_tbs(&ca, PREFIX "line1-03");
    refuse(client, buf_span(&tbs), "IDENTITY_CA_NONE");
}

static void refuse_start(const struct hsm_signer_config *config, const char *reason)
{
    pid_t pid = 0;
    struct problem problem = {0};
    struct hsm_client *client = NULL;
    assert_int_not_equal(fixture_start(config, &pid, &client, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_null(client);
    (void)fixture_wait(pid);
}

static void test_wrong_configuration(void **state)
{
    struct fixture *fixture = *state;
    struct hsm_signer_pai pai;
    AUTO(buf_done) struct buf der = make_authority(fixture);
    struct hsm_signer_config config = config_with(fixture, &pai, buf_span(&fixture->paa));
    refuse_start(&config, "IDENTITY_CA"); /* another CA's certificate */
    config = config_with(fixture, &pai, buf_span(&der));
    config.identity_key_uri = FIXTURE_LOG_URI; /* another key */
    refuse_start(&config, "KEY_PAIR");
    config.identity_key_uri = "pkcs11:token=elsewhere;object=mintmark-identity";
    refuse_start(&config, "TOKEN_DIFFERENT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_wrong_configuration),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

/* Which key a signer takes: never one of two, and none that could have been copied, unless it is
 * for test vendor ids. The keys here are made as careless tools make them. */
#include <openssl/rand.h>
#include <unistd.h>

#include "hsm/key.h"
#include "hsm/module.h"
#include "lib/base/file.h"
#include "lib/matter/certificate.h"
#include "lib/pki/plain_key.h"
#include "tests/unit/hsm/fixture.h"

static const uint8_t p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};

static void generate(struct hsm_session *session, const char *label, struct span curve,
                     uint8_t *ret_point)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE public_half[] = {hsm_attribute(CKA_TOKEN, &yes, sizeof(yes)),
                                  hsm_attribute(CKA_EC_PARAMS, curve.data, curve.size),
                                  hsm_attribute(CKA_LABEL, label, strlen(label))};
    CK_ATTRIBUTE private_half[] = {
        hsm_attribute(CKA_TOKEN, &yes, sizeof(yes)), hsm_attribute(CKA_PRIVATE, &yes, sizeof(yes)),
        hsm_attribute(CKA_EXTRACTABLE, &yes, sizeof(yes)),
        hsm_attribute(CKA_SIGN, &yes, sizeof(yes)), hsm_attribute(CKA_LABEL, label, strlen(label))};
    CK_MECHANISM mechanism = {.mechanism = CKM_EC_KEY_PAIR_GEN};
    CK_OBJECT_HANDLE keys[2];
    CK_RV rv = session->module->calls->C_GenerateKeyPair(session->handle, &mechanism, public_half,
                                                         3, private_half, 5, &keys[0], &keys[1]);
    assert_int_equal(rv, CKR_OK);
    AUTO(buf_done) struct buf value = {0};
    buf_init(&value, 256);
    assert_ok(hsm_object_read(session, keys[0], CKA_EC_POINT, &value));
    if (ret_point != NULL) {
        assert_ok(hsm_key_unwrap_point(buf_span(&value), ret_point));
    }
}

/* In this process: it is closed again before a signer is forked. */
static void make_careless_keys(struct fixture *fixture, uint8_t ret_point[static 65])
{
    AUTO(hsm_module_close) struct hsm_module module = {0};
    AUTO(hsm_session_close) struct hsm_session session = {0};
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    struct hsm_uri uri;
    struct hsm_token token;
    assert_ok(hsm_module_open(fixture->module, fixture->conf, &module, NULL));
    assert_ok(hsm_uri_make("mint", "any", &uri, NULL));
    assert_ok(hsm_token_find(&module, &uri, &token, NULL));
    assert_ok(hsm_session_open(&module, &token, true, &session, NULL));
    assert_ok(hsm_pin_read_file(fixture->pin, &pin, NULL));
    assert_ok(hsm_session_login(&session, &pin, NULL, NULL));
    generate(&session, "twin", SPAN_OF(p256), NULL);
    generate(&session, "twin", SPAN_OF(p256), NULL);
    generate(&session, "large", SPAN_OF(p384), NULL);
    generate(&session, "careless", SPAN_OF(p256), ret_point);
}

/* A PAI certificate for this point, from a PAA of the test's own. */
static struct buf certify(int32_t vendor_id, const uint8_t *point)
{
    uint8_t random[32];
    uint8_t paa_point[PKI_POINT_SIZE];
    AUTO(secret_wipe) struct secret scalar = {0};
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    assert_int_equal(RAND_bytes(random, sizeof(random)), 1);
    assert_ok(pki_plain_key_from_random(SPAN_OF(random), &scalar, paa_point));
    assert_ok(pki_plain_key_from_scalar(secret_span(&scalar), &key));
    struct signer signer = pki_plain_key_signer(key);
    struct matter_certificate wanted = {.kind = MATTER_PAA,
                                        .serial = {1, 2, 3},
                                        .common_name = "PAA",
                                        .vendor_id = -1,
                                        .product_id = -1,
                                        .not_before = 1767225600,
                                        .not_after = MATTER_NO_EXPIRY,
                                        .public_key = SPAN_OF(paa_point)};
    AUTO(buf_done) struct buf paa_der = {0};
    buf_init(&paa_der, PKI_CERTIFICATE_MAX);
    assert_ok(matter_certificate_issue(&wanted, &signer, &paa_der, NULL));
    struct pki_certificate paa;
    assert_ok(pki_certificate_parse(buf_span(&paa_der), &paa, NULL));
    wanted.kind = MATTER_PAI;
    wanted.common_name = "PAI";
    wanted.vendor_id = vendor_id;
    wanted.issuer = &paa;
    wanted.public_key = span_make(point, HSM_POINT_SIZE);
    struct buf pai;
    buf_init(&pai, PKI_CERTIFICATE_MAX);
    assert_ok(matter_certificate_issue(&wanted, &signer, &pai, NULL));
    return pai;
}

static status_t start(const struct hsm_signer_config *config, struct problem *problem)
{
    pid_t pid = 0;
    struct hsm_client *client = NULL;
    status_t status = fixture_start(config, &pid, &client, problem);
    hsm_client_close(client);
    assert_int_equal(fixture_wait(pid), status_exit_code(status));
    return status;
}

static void test_choice(void **state)
{
    struct fixture *fixture = *state;
    uint8_t point[HSM_POINT_SIZE];
    make_careless_keys(fixture, point);
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    struct problem problem;

    pai.key_uri = "pkcs11:token=mint;object=twin";
    assert_int_equal(start(&config, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "KEY_AMBIGUOUS");
    assert_string_equal(problem.field, "pais.acme");

    pai.key_uri = "pkcs11:token=mint;object=large";
    assert_int_equal(start(&config, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "KEY_CURVE");

    AUTO(buf_done) struct buf real_vendor = certify(0x134B, point);
    pai.key_uri = "pkcs11:token=mint;object=careless";
    pai.certificate = buf_span(&real_vendor);
    assert_int_equal(start(&config, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "KEY_POLICY");

    AUTO(buf_done) struct buf test_vendor = certify(0xFFF2, point);
    pai.certificate = buf_span(&test_vendor);
    assert_ok(start(&config, &problem));

    config.log_key_uri = "pkcs11:token=mint;object=mintmark-log;type=secret-key";
    assert_int_equal(start(&config, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "KEY_CLASS");
}

/* A token that another program reached first: the label is taken, nothing is added under it. */
static void test_label_taken(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(CEREMONY(fixture, "pai", "create", "acme", "--vendor-id", "0xFFF1"), 1);
    assert_int_equal(CEREMONY(fixture, "pai", "create", "twin", "--vendor-id", "0xFFF1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_label_taken),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

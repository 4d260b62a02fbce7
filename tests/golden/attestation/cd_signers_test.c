/* The built-in CD signing keys against the CSA's own certificates, where they are present. */
#include "lib/matter/cd_signers.h"
#include "lib/pki/certificate.h"
#include "lib/pki/pem.h"
#include "tests/support/test.h"

static const struct {
    const char *file;
    enum matter_cd_signer signer;
} certificates[] = {
    {"CSA_Matter_CD_Signing_Key_001.cert.pem", MATTER_CD_SIGNER_CSA},
    {"CSA_Matter_CD_Signing_Key_002.cert.pem", MATTER_CD_SIGNER_CSA},
    {"CSA_Matter_CD_Signing_Key_003.cert.pem", MATTER_CD_SIGNER_CSA},
    {"CSA_Matter_CD_Signing_Key_004.cert.pem", MATTER_CD_SIGNER_CSA},
    {"CSA_Matter_CD_Signing_Key_005.cert.pem", MATTER_CD_SIGNER_CSA},
    {"Chip-Test-CD-Cert.pem", MATTER_CD_SIGNER_TEST},
};

static struct buf read_certificate(const char *file)
{
    char relative[256];
    struct buf der;
    (void)snprintf(relative, sizeof(relative), "attestation-vectors/cd-signers/%s", file);
    const char *path = test_shared_path(relative);
    assert_non_null(path);
    AUTO(buf_done) struct buf pem = test_read_file(path);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    assert_ok(pki_pem_decode(buf_span(&pem), "CERTIFICATE", &der, NULL));
    return der;
}

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
        AUTO(buf_done) struct buf der = read_certificate(certificates[i].file);
        struct pki_certificate certificate;
        struct span point;
        enum matter_cd_signer signer;
        assert_ok(pki_certificate_parse(buf_span(&der), &certificate, NULL));
        assert_true(matter_cd_signers_find(certificate.subject_key_id, &point, &signer));
        assert_span_equal(point, certificate.public_key);
        assert_int_equal(signer, certificates[i].signer);
    }
}

/* The root signs certificates, not CDs. */
static void test_root_is_no_signer(void **state)
{
    (void)state;
    AUTO(buf_done)
    struct buf der = read_certificate("CSA_Matter_Certificate_and_Testing_Root.cert.pem");
    struct pki_certificate certificate;
    struct span point;
    enum matter_cd_signer signer;
    assert_ok(pki_certificate_parse(buf_span(&der), &certificate, NULL));
    assert_false(matter_cd_signers_find(certificate.subject_key_id, &point, &signer));
}

int main(void)
{
    if (test_shared_path("attestation-vectors/cd-signers") == NULL) {
        test_skip("the CSA's CD signing certificates are not here (MINTMARK_SHARED)");
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_root_is_no_signer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

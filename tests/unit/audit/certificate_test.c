/* Certificates held against what the log announced. */
#include "lib/audit/certificate.h"

#include "tests/unit/matter_certificate/chain.h"

static struct audit_certificate announced(void)
{
    struct audit_certificate certificate = {.issued_at = 12, .vendor_id = CHAIN_VENDOR};
    const struct pki_certificate *dac = &chain.certificates[MATTER_DAC];
    digest_sha256(dac->der, certificate.sha256);
    digest_sha256(dac->tbs, certificate.tbs_sha256);
    memcpy(certificate.dac_serial, dac->serial.data, sizeof(certificate.dac_serial));
    memcpy(certificate.public_key, dac->public_key.data, sizeof(certificate.public_key));
    return certificate;
}

static struct audit_issuers issuers(void)
{
    struct audit_issuers made = {0};
    struct problem problem = {0};
    struct span paa = buf_span(&chain.der[MATTER_PAA]);
    assert_ok(audit_issuers_add(&made, buf_span(&chain.der[MATTER_PAI]), &paa, 1, &problem));
    return made;
}

static void test_right(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(audit_issuers_done) struct audit_issuers known = issuers();
    struct audit_certificate certificate = announced();
    assert_ok(
        audit_certificate_check(&known, &certificate, buf_span(&chain.der[MATTER_DAC]), &problem));
    assert_int_equal(known.pais[0].issued, 1);
}

static void refuse(const struct audit_certificate *certificate, struct span der, const char *reason)
{
    struct problem problem = {0};
    AUTO(audit_issuers_done) struct audit_issuers known = issuers();
    assert_int_not_equal(audit_certificate_check(&known, certificate, der, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, "entry 12");
    assert_int_equal(known.pais[0].issued, 0);
}

/* Known by its issuer and serial number together. */
static void test_bought(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct span der = buf_span(&chain.der[MATTER_DAC]);
    AUTO(audit_issuers_done) struct audit_issuers known = issuers();
    struct audit_certificate certificate = announced();
    certificate.bought = true;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
    assert_ok(pki_certificate_name(&chain.certificates[MATTER_DAC], certificate.dac_serial));
    assert_ok(audit_certificate_check(&known, &certificate, der, &problem));
    certificate.bought = false;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
}

static void test_other(void **state)
{
    (void)state;
    struct span der = buf_span(&chain.der[MATTER_DAC]);
    struct audit_certificate certificate = announced();
    certificate.sha256[0] ^= 1;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
    certificate = announced();
    certificate.tbs_sha256[0] ^= 1;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
    certificate = announced();
    certificate.dac_serial[0] ^= 1;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
    certificate = announced();
    certificate.public_key[64] ^= 1;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
    certificate = announced();
    certificate.vendor_id = CHAIN_VENDOR + 1;
    refuse(&certificate, der, "CERTIFICATE_OTHER");
}

/* Whoever can write both log and certificates still has no signature of the PAI. */
static void test_signature(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    buf_append_span(&der, buf_span(&chain.der[MATTER_DAC]));
    der.data[der.size - 1] ^= 1;
    struct audit_certificate certificate = announced();
    digest_sha256(buf_span(&der), certificate.sha256);
    refuse(&certificate, buf_span(&der), "CERTIFICATE_SIGNATURE");
}

static void test_issuers(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(audit_issuers_done) struct audit_issuers known = {0};
    struct span dac = buf_span(&chain.der[MATTER_DAC]);
    assert_int_equal(audit_issuers_add(&known, buf_span(&chain.der[MATTER_PAI]), &dac, 1, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "ISSUER_UNTRUSTED");
    assert_int_equal(audit_issuers_add(&known, buf_span(&chain.der[MATTER_PAI]), NULL, 0, &problem),
                     STATUS_REFUSED);
    assert_int_equal(known.count, 0);
    struct audit_certificate certificate = announced();
    assert_int_equal(audit_certificate_check(&known, &certificate, dac, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "ISSUER_UNTRUSTED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),   cmocka_unit_test(test_bought),
        cmocka_unit_test(test_other),   cmocka_unit_test(test_signature),
        cmocka_unit_test(test_issuers),
    };
    return cmocka_run_group_tests(tests, chain_set_up, chain_tear_down);
}

/* The CMS around a Certification Declaration, its signature, and the known signers. */
#include "lib/base/digest.h"
#include "lib/matter/cd_content.h"
#include "lib/matter/cd_signers.h"
#include "tests/unit/matter_cd/sample.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

static struct sample_signer signer;
static struct problem problem;

static struct buf content(void)
{
    struct buf tlv;
    struct matter_cd cd = sample_cd(&signer);
    buf_init(&tlv, MATTER_CD_MAX);
    matter_cd_content_put(&cd, &tlv);
    return tlv;
}

static const char *const reasons[SAMPLE_FLAWS] = {
    [SAMPLE_VERSION] = "CD_CMS_VERSION",
    [SAMPLE_SIGNER_VERSION] = "CD_CMS_VERSION",
    [SAMPLE_DIGEST] = "CD_CMS_DIGEST",
    [SAMPLE_TWO_DIGESTS] = "CD_CMS_DIGEST",
    [SAMPLE_SIGNER_DIGEST] = "CD_CMS_DIGEST",
    [SAMPLE_CONTENT_TYPE] = "CD_CMS_CONTENT_TYPE",
    [SAMPLE_NO_CONTENT] = "CD_MALFORMED",
    [SAMPLE_CERTIFICATES] = "CD_CMS_EXTRA",
    [SAMPLE_CRLS] = "CD_CMS_EXTRA",
    [SAMPLE_SIGNED_ATTRIBUTES] = "CD_CMS_EXTRA",
    [SAMPLE_UNSIGNED_ATTRIBUTES] = "CD_CMS_EXTRA",
    [SAMPLE_TWO_SIGNERS] = "CD_CMS_EXTRA",
    [SAMPLE_NO_SIGNER] = "CD_MALFORMED",
    [SAMPLE_SIGNER_ID] = "CD_CMS_SIGNER_ID",
    [SAMPLE_SIGNER_ID_SIZE] = "CD_CMS_SIGNER_ID",
    [SAMPLE_ALGORITHM] = "CD_CMS_ALGORITHM",
    [SAMPLE_SIGNED_DATA_TYPE] = "CD_MALFORMED",
    [SAMPLE_EXTRA_FIELD] = "CD_MALFORMED",
};

static void test_flaws(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf tlv = content();
    for (enum sample_flaw flaw = SAMPLE_GOOD; flaw < SAMPLE_FLAWS; flaw++) {
        AUTO(buf_done) struct buf der = sample_wrap(&signer, buf_span(&tlv), flaw);
        struct span certificate = buf_span(&signer.certificate);
        enum matter_cd_signer found;
        struct matter_cd cd;
        problem = (struct problem){0};
        status_t parsed = matter_cd_parse(buf_span(&der), &cd, &problem);
        status_t verified = matter_cd_verify(buf_span(&der), &certificate, 1, &found, &problem);
        assert_int_equal(parsed == STATUS_OK, flaw == SAMPLE_GOOD);
        assert_int_equal(verified == STATUS_OK, flaw == SAMPLE_GOOD);
        assert_string_equal(problem.reason, flaw == SAMPLE_GOOD ? "" : reasons[flaw]);
    }
}

static void test_frame(void **state)
{
    (void)state;
    struct matter_cd cd;
    AUTO(buf_done) struct buf tlv = content();
    AUTO(buf_done) struct buf der = sample_wrap(&signer, buf_span(&tlv), SAMPLE_GOOD);
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(matter_cd_parse(span_make(der.data, size), &cd, &problem),
                         STATUS_MALFORMED);
    }
    buf_append_byte(&der, 0);
    assert_int_equal(matter_cd_parse(buf_span(&der), &cd, &problem), STATUS_MALFORMED);
    assert_string_equal(problem.reason, "CD_TRAILING_BYTES");
    buf_append_fill(&der, 0, MATTER_CD_MAX + 1 - der.size);
    assert_int_equal(matter_cd_parse(buf_span(&der), &cd, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "CD_TOO_LARGE");
}

/* No octet can change unseen. */
static void test_every_octet(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf tlv = content();
    AUTO(buf_done) struct buf der = sample_wrap(&signer, buf_span(&tlv), SAMPLE_GOOD);
    struct span certificate = buf_span(&signer.certificate);
    for (size_t i = 0; i < der.size; i++) {
        enum matter_cd_signer found;
        der.data[i] ^= 0x01;
        assert_int_not_equal(matter_cd_verify(buf_span(&der), &certificate, 1, &found, &problem),
                             STATUS_OK);
        der.data[i] ^= 0x01;
    }
}

static void test_make(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der;
    struct matter_cd cd = sample_cd(&signer);
    struct matter_cd again;
    enum matter_cd_signer found;
    struct signer own = pki_plain_key_signer(signer.key);
    struct span certificate = buf_span(&signer.certificate);
    buf_init(&der, MATTER_CD_MAX);
    assert_ok(matter_cd_make(&cd, &own, &der, &problem));
    assert_ok(matter_cd_parse(buf_span(&der), &again, &problem));
    assert_memory_equal(&again, &cd, sizeof(cd));
    assert_ok(matter_cd_verify(buf_span(&der), &certificate, 1, &found, &problem));
    assert_int_equal(found, MATTER_CD_SIGNER_CONFIGURED);
}

/* OpenSSL's CMS reader agrees with ours on signature and content. */
static void test_openssl_accepts(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf tlv = content();
    AUTO(buf_done) struct buf der;
    struct matter_cd cd = sample_cd(&signer);
    struct signer own = pki_plain_key_signer(signer.key);
    buf_init(&der, MATTER_CD_MAX);
    assert_ok(matter_cd_make(&cd, &own, &der, &problem));
    const uint8_t *bytes = der.data;
    CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &bytes, (long)der.size);
    assert_non_null(info);
    const uint8_t *certificate_bytes = signer.certificate.data;
    X509 *certificate = d2i_X509(NULL, &certificate_bytes, (long)signer.certificate.size);
    STACK_OF(X509) *certificates = sk_X509_new_null();
    assert_true(sk_X509_push(certificates, certificate) > 0);
    BIO *output = BIO_new(BIO_s_mem());
    assert_int_equal(CMS_verify(info, certificates, NULL, NULL, output,
                                CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY),
                     1);
    char *written;
    long size = BIO_get_mem_data(output, &written);
    assert_span_equal(span_make(written, (size_t)size), buf_span(&tlv));
    BIO_free(output);
    sk_X509_free(certificates);
    X509_free(certificate);
    CMS_ContentInfo_free(info);
}

static void refuse_make(struct matter_cd cd, status_t status, const char *reason)
{
    AUTO(buf_done) struct buf der;
    struct signer own = pki_plain_key_signer(signer.key);
    buf_init(&der, MATTER_CD_MAX);
    assert_int_equal(matter_cd_make(&cd, &own, &der, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(der.size, 0);
}

static void test_make_refuses(void **state)
{
    (void)state;
    struct matter_cd cd = sample_cd(&signer);
    cd.type = MATTER_CD_OFFICIAL;
    refuse_make(cd, STATUS_INVALID, "CD_VALUE");
    cd = sample_cd(&signer);
    cd.product_id_count = MATTER_CD_PRODUCTS_MAX + 1;
    refuse_make(cd, STATUS_INVALID, "CD_VALUE");
    cd = sample_cd(&signer);
    cd.paa_count = MATTER_CD_PAAS_MAX + 1;
    refuse_make(cd, STATUS_INVALID, "CD_VALUE");
    cd = sample_cd(&signer);
    memset(cd.certificate_id, 'x', sizeof(cd.certificate_id)); /* no NUL */
    refuse_make(cd, STATUS_INVALID, "CD_VALUE");
    cd = sample_cd(&signer);
    cd.certificate_id[18] = '\0';
    refuse_make(cd, STATUS_REFUSED, "CD_CERTIFICATE_ID");
    cd = sample_cd(&signer);
    cd.security_level = 1;
    refuse_make(cd, STATUS_REFUSED, "CD_SECURITY");
    cd = sample_cd(&signer);
    cd.product_id_count = 0;
    refuse_make(cd, STATUS_REFUSED, "CD_PRODUCT_IDS");
}

/* The largest that may be made fits MATTER_CD_MAX. */
static void test_largest(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der;
    struct matter_cd cd = sample_cd(&signer);
    struct signer own = pki_plain_key_signer(signer.key);
    buf_init(&der, MATTER_CD_MAX);
    cd.product_id_count = MATTER_CD_PRODUCTS_MAX;
    for (size_t i = 0; i < MATTER_CD_PRODUCTS_MAX; i++) {
        cd.product_ids[i] = (uint16_t)(0xFFFF - i);
    }
    cd.device_type_id = UINT32_MAX;
    cd.version_number = UINT16_MAX;
    cd.has_dac_origin = true;
    cd.dac_origin_vendor_id = UINT16_MAX;
    cd.dac_origin_product_id = UINT16_MAX;
    cd.paa_count = MATTER_CD_PAAS_MAX;
    assert_ok(matter_cd_make(&cd, &own, &der, &problem));
    print_message("the largest CD has %zu octets\n", der.size);
}

static status_t verify(struct span der, const struct span *certificates, size_t count)
{
    enum matter_cd_signer found = MATTER_CD_SIGNER_CSA;
    problem = (struct problem){0};
    return matter_cd_verify(der, certificates, count, &found, &problem);
}

static void test_unknown_signer(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf tlv = content();
    AUTO(buf_done) struct buf der = sample_wrap(&signer, buf_span(&tlv), SAMPLE_GOOD);
    struct span garbage = span_text("no certificate");
    assert_int_equal(verify(buf_span(&der), NULL, 0), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CD_SIGNER_UNKNOWN");
    assert_int_equal(verify(buf_span(&der), &garbage, 1), STATUS_MALFORMED);
    assert_string_equal(problem.reason, "CERTIFICATE_MALFORMED");
}

/* A certificate that claims the id with another key. */
static void test_wrong_signature(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf tlv = content();
    struct sample_signer liar;
    sample_signer_init(&liar);
    liar.key_id[0] ^= 1; /* names a key that nobody has */
    AUTO(buf_done) struct buf unknown = sample_wrap(&liar, buf_span(&tlv), SAMPLE_GOOD);
    struct span certificate = buf_span(&signer.certificate);
    assert_int_equal(verify(buf_span(&unknown), &certificate, 1), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CD_SIGNER_UNKNOWN");
    /* names the public test key, signed by another: the certificate given does not help */
    static const uint8_t test_key_id[MATTER_KEY_ID_SIZE] = {
        0x62, 0xFA, 0x82, 0x33, 0x59, 0xAC, 0xFA, 0xA9, 0x96, 0x3E,
        0x1C, 0xFA, 0x14, 0x0A, 0xDD, 0xF5, 0x04, 0xF3, 0x71, 0x60};
    memcpy(liar.key_id, test_key_id, sizeof(test_key_id));
    AUTO(buf_done) struct buf forged = sample_wrap(&liar, buf_span(&tlv), SAMPLE_GOOD);
    assert_int_equal(verify(buf_span(&forged), &certificate, 1), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CD_SIGNATURE");
    sample_signer_done(&liar);
}

static void test_signer_table(void **state)
{
    (void)state;
    static const uint8_t first_octets[] = {0xFE, 0xDD, 0x47, 0xF6, 0x63, 0x62};
    static const uint8_t second_octets[] = {0x34, 0x04, 0x10, 0x86, 0x7F, 0xFA};
    unsigned found = 0;
    /* every id in the table is the SHA-1 of its point: found by trying the ids of all points */
    for (size_t i = 0; i < sizeof(first_octets); i++) {
        struct span key_id;
        struct span point;
        enum matter_cd_signer kind;
        uint8_t digest[SHA1_SIZE];
        assert_true(matter_cd_signers_at(i, &key_id, &point, &kind));
        digest_sha1(point, digest);
        assert_span_equal(key_id, SPAN_OF(digest));
        assert_ok(pki_plain_key_check_point(point));
        assert_int_equal(key_id.data[0], first_octets[i]);
        assert_int_equal(key_id.data[1], second_octets[i]);
        found += kind == MATTER_CD_SIGNER_CSA ? 1 : 0;
    }
    assert_int_equal(found, 5);
}

/* The public test key never makes an official CD. */
static void test_types(void **state)
{
    (void)state;
    assert_true(matter_cd_signers_may_sign(MATTER_CD_SIGNER_TEST, MATTER_CD_DEVELOPMENT));
    assert_true(matter_cd_signers_may_sign(MATTER_CD_SIGNER_TEST, MATTER_CD_PROVISIONAL));
    assert_false(matter_cd_signers_may_sign(MATTER_CD_SIGNER_TEST, MATTER_CD_OFFICIAL));
    assert_true(matter_cd_signers_may_sign(MATTER_CD_SIGNER_CSA, MATTER_CD_OFFICIAL));
    assert_true(matter_cd_signers_may_sign(MATTER_CD_SIGNER_CONFIGURED, MATTER_CD_OFFICIAL));
}

static int set_up(void **state)
{
    (void)state;
    sample_signer_init(&signer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_signer_done(&signer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flaws),           cmocka_unit_test(test_frame),
        cmocka_unit_test(test_every_octet),     cmocka_unit_test(test_make),
        cmocka_unit_test(test_openssl_accepts), cmocka_unit_test(test_make_refuses),
        cmocka_unit_test(test_largest),         cmocka_unit_test(test_unknown_signer),
        cmocka_unit_test(test_wrong_signature), cmocka_unit_test(test_signer_table),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

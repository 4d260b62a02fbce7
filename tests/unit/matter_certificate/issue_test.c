/* Issuing: what is made, what is refused before a signature exists, and what OpenSSL's own strict
 * verification says of it. */
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "lib/pki/der.h"
#include "tests/unit/matter_certificate/chain.h"

static status_t issue(const struct matter_certificate *recipe, struct problem *problem)
{
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct signer signer = chain_signer(&chain, recipe->kind);
    status_t status = matter_certificate_issue(recipe, &signer, &der, problem);
    assert_int_equal(der.size > 0, status == STATUS_OK);
    return status;
}

static X509 *openssl_certificate(enum matter_kind kind)
{
    const uint8_t *bytes = chain.der[kind].data;
    X509 *certificate = d2i_X509(NULL, &bytes, (long)chain.der[kind].size);
    assert_non_null(certificate);
    return certificate;
}

/* The same as `openssl verify -x509_strict -check_ss_sig -attime <DAC notBefore>`. */
static void test_openssl_accepts(void **state)
{
    (void)state;
    X509 *dac = openssl_certificate(MATTER_DAC);
    X509 *pai = openssl_certificate(MATTER_PAI);
    X509 *paa = openssl_certificate(MATTER_PAA);
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, paa), 1);
    assert_true(sk_X509_push(untrusted, pai) > 0);
    assert_int_equal(X509_STORE_CTX_init(context, store, dac, untrusted), 1);
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(parameters, chain.certificates[MATTER_DAC].not_before);
    assert_int_equal(X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT |
                                                                 X509_V_FLAG_CHECK_SS_SIGNATURE),
                     1);
    int result = X509_verify_cert(context);
    if (result != 1) {
        fail_msg("%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(untrusted);
    X509_STORE_free(store);
    X509_free(dac);
    X509_free(pai);
    X509_free(paa);
}

static void test_shape(void **state)
{
    (void)state;
    for (enum matter_kind kind = MATTER_PAA; kind <= MATTER_DAC; kind++) {
        const struct pki_certificate *certificate = &chain.certificates[kind];
        /* the recipe's serial starts with 80 + kind: shaped to 40 + kind */
        assert_int_equal(certificate->serial.size, MATTER_SERIAL_SIZE);
        assert_int_equal(certificate->serial.data[0], 0x40 + (int)kind);
        assert_int_equal(certificate->not_before, CHAIN_BEGIN + CHAIN_DAY * (int)kind);
        assert_int_equal(certificate->not_after, MATTER_NO_EXPIRY);
        assert_int_equal(certificate->extension_count, 4);
        const struct pki_certificate *issuer =
            &chain.certificates[kind == MATTER_PAA ? MATTER_PAA : kind - 1];
        assert_span_equal(certificate->issuer, issuer->subject);
        assert_span_equal(certificate->authority_key_id, issuer->subject_key_id);
    }
    AUTO(buf_done) struct buf name = chain_name("CN=Test DAC/VID=FFF1/PID=8000");
    assert_span_equal(chain.certificates[MATTER_DAC].subject, buf_span(&name));
}

static void test_serial_shapes(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
        struct pki_certificate certificate;
        AUTO(buf_done) struct buf tbs;
        buf_init(&tbs, PKI_CERTIFICATE_MAX);
        memset(recipe.serial, 0, sizeof(recipe.serial));
        recipe.serial[0] = (uint8_t)first;
        assert_ok(matter_certificate_tbs(&recipe, &tbs, NULL));
        assert_ok(pki_certificate_parse_tbs(buf_span(&tbs), &certificate, NULL));
        assert_ok(matter_certificate_lint(&certificate, MATTER_DAC, &chain.certificates[MATTER_PAI],
                                          false, NULL));
    }
}

/* The same recipe gives the same TBS: a stored one can be compared. */
static void test_tbs_is_a_function(void **state)
{
    (void)state;
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    assert_ok(matter_certificate_tbs(&recipe, &tbs, NULL));
    assert_span_equal(buf_span(&tbs), chain.certificates[MATTER_DAC].tbs);
}

/* RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
static void test_date_forms(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        const char *text;
    } dates[] = {
        {2524607999, "170d3439313233313233353935395a"},
        {2524608000, "180f32303530303130313030303030305a"},
        {MATTER_NO_EXPIRY, "180f39393939313233313233353935395a"},
        {-631152000, "170d3530303130313030303030305a"},
    };
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        AUTO(buf_done) struct buf written;
        AUTO(buf_done) struct buf expected = chain_hex(dates[i].text);
        int64_t again;
        buf_init(&written, 64);
        assert_ok(pki_der_put_time(&written, dates[i].time));
        assert_span_equal(buf_span(&written), buf_span(&expected));
        struct span rest = buf_span(&written);
        assert_ok(pki_der_take_time(&rest, &again));
        assert_int_equal(again, dates[i].time);
    }
}

static void refuse(struct matter_certificate recipe, status_t status, const char *reason,
                   const char *field)
{
    struct problem problem = {0};
    assert_int_equal(issue(&recipe, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, field);
}

static void refuse_names(void)
{
    static const char *const names[] = {
        "",
        "with\nnewline",
        "\xC3(",
        "Mvid:FFF2 in the name",
        "12345678901234567890123456789012345678901234567890123456789012345",
    };
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        recipe.common_name = names[i];
        refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "common_name");
    }
    recipe.common_name = NULL;
    refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "common_name");
    recipe.common_name = "\xC3\xA4\xC3\xA4 64 characters, not octets, are the limit of a name here";
    struct problem problem;
    assert_ok(issue(&recipe, &problem));
}

static void refuse_ids(void)
{
    static const int32_t vendor_ids[] = {-1, -2, 0, 0xFFF5, 0x10000};
    static const int32_t product_ids[] = {-1, -2, 0, 0x10000};
    for (size_t i = 0; i < sizeof(vendor_ids) / sizeof(vendor_ids[0]); i++) {
        struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
        recipe.vendor_id = vendor_ids[i];
        refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "vendor_id");
    }
    for (size_t i = 0; i < sizeof(product_ids) / sizeof(product_ids[0]); i++) {
        struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
        recipe.product_id = product_ids[i];
        refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "product_id");
    }
    struct matter_certificate paa = chain_recipe(&chain, MATTER_PAA);
    paa.product_id = 1;
    refuse(paa, STATUS_INVALID, "CERTIFICATE_VALUE", "product_id");
}

static void test_refused_values(void **state)
{
    (void)state;
    uint8_t off_curve[PKI_POINT_SIZE];
    refuse_names();
    refuse_ids();
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
    memcpy(off_curve, chain.points[MATTER_DAC], sizeof(off_curve));
    off_curve[64] ^= 1;
    recipe.public_key = SPAN_OF(off_curve);
    refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "public_key");
    recipe = chain_recipe(&chain, MATTER_DAC);
    recipe.not_after = MATTER_NO_EXPIRY + 1;
    refuse(recipe, STATUS_INVALID, "CERTIFICATE_VALUE", "not_before");
}

/* What lint refuses is never signed. */
static status_t never_sign(void *context, struct span message, struct buf *ret_signature,
                           struct problem *problem)
{
    (void)context;
    (void)message;
    (void)ret_signature;
    (void)problem;
    fail_msg("a bad TBS reached the signer");
    return STATUS_INTERNAL;
}

static void test_lint_before_signing(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct signer signer = chain_signer(&chain, MATTER_DAC);
    signer.sign = never_sign;
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
    recipe.not_before = CHAIN_BEGIN; /* a day before its PAI */
    assert_int_equal(matter_certificate_issue(&recipe, &signer, &der, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "DAC_DATES_ISSUER");
    recipe = chain_recipe(&chain, MATTER_DAC);
    recipe.vendor_id = 0x1234;
    assert_int_equal(matter_certificate_issue(&recipe, &signer, &der, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "DAC_VENDOR_ID");
    signer = chain_signer(&chain, MATTER_PAI); /* the PAA's key */
    signer.sign = never_sign;
    recipe = chain_recipe(&chain, MATTER_DAC);
    assert_int_equal(matter_certificate_issue(&recipe, &signer, &der, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "SIGNER_KEY");
    assert_int_equal(der.size, 0);
}

/* A signer that returns a wrong signature gives no certificate. */
static status_t sign_badly(void *context, struct span message, struct buf *ret_signature,
                           struct problem *problem)
{
    struct signer *good = context;
    TRY(good->sign(good->context, span_make(message.data, message.size - 1), ret_signature,
                   problem));
    return STATUS_OK;
}

static void test_verify_after_signing(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct signer good = chain_signer(&chain, MATTER_DAC);
    struct signer bad = {good.algorithm, good.spki, &good, sign_badly};
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_DAC);
    assert_int_equal(matter_certificate_issue(&recipe, &bad, &der, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CERTIFICATE_SIGNATURE");
    assert_int_equal(der.size, 0);
}

/* A PAA without vendor id and a PAI with product id are good too. */
static void test_scopes(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct matter_certificate paa = chain_recipe(&chain, MATTER_PAA);
    paa.vendor_id = -1;
    assert_ok(issue(&paa, &problem));
    struct matter_certificate pai = chain_recipe(&chain, MATTER_PAI);
    pai.product_id = CHAIN_PRODUCT;
    assert_ok(issue(&pai, &problem));
}

static void test_subject(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf name;
    AUTO(buf_done) struct buf expected = chain_name("CN=A PAI/VID=00A1");
    buf_init(&name, 512);
    assert_ok(matter_certificate_subject("A PAI", 0xA1, -1, &name));
    assert_span_equal(buf_span(&name), buf_span(&expected));
    assert_int_equal(matter_certificate_subject("", 0xA1, -1, &name), STATUS_INVALID);
    assert_int_equal(matter_certificate_subject("A", 0x10000, -1, &name), STATUS_INVALID);
    assert_int_equal(matter_certificate_subject("A", 1, 0, &name), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl_accepts),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_serial_shapes),
        cmocka_unit_test(test_tbs_is_a_function),
        cmocka_unit_test(test_date_forms),
        cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_lint_before_signing),
        cmocka_unit_test(test_verify_after_signing),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_subject),
    };
    return cmocka_run_group_tests(tests, chain_set_up, chain_tear_down);
}

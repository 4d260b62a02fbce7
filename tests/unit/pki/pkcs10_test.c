/* PKCS#10: proof of possession, and nothing else accepted. */
#include "lib/pki/pkcs10.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/pki/der.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

static struct pki_plain_key *key;
static uint8_t point[PKI_POINT_SIZE];

static struct buf subject(void)
{
    struct buf name;
    buf_init(&name, 200);
    size_t mark = pki_der_open(&name, PKI_DER_SEQUENCE);
    pki_name_put_utf8(&name, pki_oid_common_name, span_text("device"));
    pki_der_close(&name, mark);
    return name;
}

static struct buf request(void)
{
    struct buf der;
    AUTO(buf_done) struct buf name = subject();
    struct signer signer = pki_plain_key_signer(key);
    buf_init(&der, PKI_CSR_MAX + 1);
    assert_ok(pki_pkcs10_make(buf_span(&name), &signer, &der, NULL));
    return der;
}

static void refuse(struct span der, status_t status, const char *reason)
{
    uint8_t public_key[PKI_POINT_SIZE] = {0};
    struct problem problem = {0};
    assert_int_equal(pki_pkcs10_check(der, public_key, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, "csr");
    assert_int_equal(public_key[0], 0);
}

static void test_good(void **state)
{
    (void)state;
    uint8_t public_key[PKI_POINT_SIZE];
    AUTO(buf_done) struct buf der = request();
    assert_ok(pki_pkcs10_check(buf_span(&der), public_key, NULL));
    assert_memory_equal(public_key, point, sizeof(point));
    const uint8_t *bytes = der.data;
    X509_REQ *parsed = d2i_X509_REQ(NULL, &bytes, (long)der.size);
    assert_non_null(parsed);
    assert_int_equal(X509_REQ_verify(parsed, X509_REQ_get0_pubkey(parsed)), 1);
    X509_REQ_free(parsed);
}

/* OpenSSL's own request, with an extension request inside. */
static struct buf openssl_request(const char *curve, const EVP_MD *digest)
{
    struct buf der;
    EVP_PKEY *own = EVP_EC_gen(curve);
    X509_REQ *made = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x30\x00", 2), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 1, value);
    assert_true(sk_X509_EXTENSION_push(extensions, extension) > 0);
    assert_int_equal(X509_REQ_set_version(made, X509_REQ_VERSION_1), 1);
    assert_int_equal(X509_REQ_set_pubkey(made, own), 1);
    assert_int_equal(X509_REQ_add_extensions(made, extensions), 1);
    assert_true(X509_REQ_sign(made, own, digest) > 0);
    uint8_t *bytes = NULL;
    int size = i2d_X509_REQ(made, &bytes);
    buf_init(&der, PKI_CSR_MAX);
    buf_append(&der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    ASN1_OCTET_STRING_free(value);
    X509_REQ_free(made);
    EVP_PKEY_free(own);
    return der;
}

static void test_foreign(void **state)
{
    (void)state;
    uint8_t public_key[PKI_POINT_SIZE];
    AUTO(buf_done) struct buf good = openssl_request("P-256", EVP_sha256());
    AUTO(buf_done) struct buf sha384 = openssl_request("P-256", EVP_sha384());
    AUTO(buf_done) struct buf p384 = openssl_request("P-384", EVP_sha256());
    AUTO(buf_done) struct buf k1 = openssl_request("secp256k1", EVP_sha256());
    assert_ok(pki_pkcs10_check(buf_span(&good), public_key, NULL));
    refuse(buf_span(&sha384), STATUS_INVALID, "CSR_ALGORITHM");
    refuse(buf_span(&p384), STATUS_INVALID, "CSR_CURVE");
    refuse(buf_span(&k1), STATUS_INVALID, "CSR_CURVE");
}

static void test_frame(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der = request();
    refuse((struct span){0}, STATUS_MALFORMED, "CSR_MALFORMED");
    refuse(span_text("-----BEGIN CERTIFICATE REQUEST-----"), STATUS_MALFORMED, "CSR_MALFORMED");
    refuse(span_make(der.data, der.size - 1), STATUS_MALFORMED, "CSR_MALFORMED");
    buf_append_byte(&der, 0);
    refuse(buf_span(&der), STATUS_MALFORMED, "CSR_TRAILING_BYTES");
    buf_append_fill(&der, 0, PKI_CSR_MAX + 1 - der.size);
    refuse(buf_span(&der), STATUS_TOO_LARGE, "CSR_TOO_LARGE");
}

/* Every single changed octet is refused, for whatever reason applies to its place. */
static void test_every_octet(void **state)
{
    (void)state;
    unsigned signature = 0;
    unsigned others = 0;
    AUTO(buf_done) struct buf der = request();
    for (size_t i = 0; i < der.size; i++) {
        uint8_t public_key[PKI_POINT_SIZE];
        struct problem problem = {0};
        der.data[i] ^= 0x01;
        status_t status = pki_pkcs10_check(buf_span(&der), public_key, &problem);
        assert_int_not_equal(status, STATUS_OK);
        assert_int_equal(strncmp(problem.reason, "CSR_", 4), 0);
        if (strcmp(problem.reason, "CSR_SIGNATURE") == 0) {
            signature++;
        } else {
            others++;
        }
        der.data[i] ^= 0x01;
    }
    assert_true(signature > 64 && others > 64); /* r and s; structure and point */
}

/* Parts put together with one missing or wrong. */
static void test_structure(void **state)
{
    (void)state;
    enum { VERSION = 1, NO_SUBJECT = 2, NO_ATTRIBUTES = 4, MORE = 8 };
    AUTO(buf_done) struct buf name = subject();
    struct signer signer = pki_plain_key_signer(key);
    for (unsigned flaw = 1; flaw <= MORE; flaw *= 2) {
        AUTO(buf_done) struct buf info;
        AUTO(buf_done) struct buf signature;
        AUTO(buf_done) struct buf der;
        buf_init(&info, 500);
        buf_init(&signature, 100);
        buf_init(&der, 1000);
        size_t mark = pki_der_open(&info, PKI_DER_SEQUENCE);
        pki_der_put_number(&info, flaw == VERSION ? 1 : 0);
        buf_append_span(&info, flaw == NO_SUBJECT ? (struct span){0} : buf_span(&name));
        buf_append_span(&info, signer.spki);
        if (flaw != NO_ATTRIBUTES) {
            pki_der_put(&info, PKI_DER_CONTEXT_CONSTRUCTED(0), (struct span){0});
        }
        if (flaw == MORE) {
            pki_der_put_number(&info, 0);
        }
        pki_der_close(&info, mark);
        assert_ok(signer.sign(signer.context, buf_span(&info), &signature, NULL));
        mark = pki_der_open(&der, PKI_DER_SEQUENCE);
        buf_append_span(&der, buf_span(&info));
        buf_append_span(&der, pki_oid_algorithm_ecdsa_sha256);
        pki_der_put_octet_bits(&der, buf_span(&signature));
        pki_der_close(&der, mark);
        refuse(buf_span(&der), STATUS_MALFORMED, "CSR_MALFORMED");
    }
}

static void test_make_refuses(void **state)
{
    (void)state;
    struct problem problem;
    AUTO(buf_done) struct buf der;
    buf_init(&der, 1000);
    struct signer signer = pki_plain_key_signer(key);
    assert_int_equal(pki_pkcs10_make(span_text("no name"), &signer, &der, &problem),
                     STATUS_MALFORMED);
    assert_int_equal(der.size, 0);
}

static int set_up(void **state)
{
    (void)state;
    uint8_t scalar[PKI_SCALAR_SIZE];
    memset(scalar, 0x21, sizeof(scalar));
    return pki_plain_key_public(SPAN_OF(scalar), point) == STATUS_OK &&
                   pki_plain_key_from_scalar(SPAN_OF(scalar), &key) == STATUS_OK
               ? 0
               : 1;
}

static int tear_down(void **state)
{
    (void)state;
    pki_plain_key_free(key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_frame),     cmocka_unit_test(test_every_octet),
        cmocka_unit_test(test_structure), cmocka_unit_test(test_make_refuses),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

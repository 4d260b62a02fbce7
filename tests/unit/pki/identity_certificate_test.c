/* Clients' certificates and their CA: OpenSSL accepts them as a TLS server would, and the lint
 * takes nothing but what the builder makes. */
#include "lib/pki/identity_certificate.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

enum { DAY = 86400 };
static const int64_t NOW = 1795939200; /* 2026-11-29 */
static const char PREFIX[] = "spiffe://acme/station/";

struct authority {
    struct pki_plain_key *key;
    struct buf der;
    struct pki_certificate certificate;
};

static struct pki_plain_key *key_of(uint8_t scalar)
{
    uint8_t bytes[PKI_SCALAR_SIZE] = {[31] = scalar};
    struct pki_plain_key *key = NULL;
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(bytes), &key));
    return key;
}

static void point_of(uint8_t scalar, uint8_t ret_point[static PKI_POINT_SIZE])
{
    uint8_t bytes[PKI_SCALAR_SIZE] = {[31] = scalar};
    assert_ok(pki_plain_key_public(SPAN_OF(bytes), ret_point));
}

static struct buf signed_by(struct pki_plain_key *key, struct span tbs)
{
    struct problem problem = {0};
    struct signer signer = pki_plain_key_signer(key);
    AUTO(buf_done) struct buf signature;
    struct buf der;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    assert_ok(signer.sign(signer.context, tbs, &signature, &problem));
    assert_ok(pki_certificate_assemble(tbs, buf_span(&signature), &der));
    return der;
}

static struct buf tbs_of(const struct pki_identity_certificate *certificate)
{
    struct problem problem = {0};
    struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    assert_ok(pki_identity_certificate_tbs(certificate, &tbs, &problem));
    return tbs;
}

static struct authority authority_new(void)
{
    uint8_t point[PKI_POINT_SIZE];
    struct problem problem = {0};
    point_of(5, point);
    struct pki_identity_certificate ca = {
        .serial = {0xFF, 1},
        .common_name = "ACME stations",
        .not_before = NOW - 10 * DAY,
        .not_after = NOW + 5000 * (int64_t)DAY,
        .public_key = SPAN_OF(point),
    };
    struct authority authority = {.key = key_of(5)};
    AUTO(buf_done) struct buf tbs = tbs_of(&ca);
    authority.der = signed_by(authority.key, buf_span(&tbs));
    assert_ok(pki_certificate_parse(buf_span(&authority.der), &authority.certificate, &problem));
    return authority;
}

static void authority_done(struct authority *authority)
{
    pki_plain_key_free(authority->key);
    buf_done(&authority->der);
}

static struct pki_identity_certificate station(const struct authority *authority,
                                               uint8_t point[static PKI_POINT_SIZE])
{
    point_of(7, point);
    return (struct pki_identity_certificate){
        .serial = {0x12, 2, 3},
        .common_name = "line1-03",
        .uri = "spiffe://acme/station/line1-03",
        .not_before = NOW,
        .not_after = NOW + 365 * (int64_t)DAY,
        .public_key = span_make(point, PKI_POINT_SIZE),
        .issuer = &authority->certificate,
    };
}

static X509 *x509(struct span der)
{
    const unsigned char *bytes = der.data;
    X509 *certificate = d2i_X509(NULL, &bytes, (long)der.size);
    assert_non_null(certificate);
    return certificate;
}

/* As a server that trusts this CA judges a client. */
static void assert_openssl_accepts(struct span leaf_der, struct span ca_der)
{
    X509 *leaf = x509(leaf_der);
    X509 *ca = x509(ca_der);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(parameters, NOW + DAY);
    (void)X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    assert_int_equal(X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT), 1);
    int result = X509_verify_cert(context);
    if (result != 1) {
        print_error("%s\n", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    }
    assert_int_equal(result, 1);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(ca);
    X509_free(leaf);
}

static void test_chain(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE];
    struct problem problem = {0};
    struct authority authority = authority_new();
    assert_ok(pki_identity_certificate_check_ca(&authority.certificate, &problem));
    struct pki_identity_certificate client = station(&authority, point);
    AUTO(buf_done) struct buf tbs = tbs_of(&client);
    assert_ok(
        pki_identity_certificate_lint(buf_span(&tbs), &authority.certificate, PREFIX, &problem));
    AUTO(buf_done) struct buf der = signed_by(authority.key, buf_span(&tbs));
    assert_openssl_accepts(buf_span(&der), buf_span(&authority.der));

    struct pki_certificate parsed;
    struct span uri = {0};
    assert_ok(pki_certificate_parse(buf_span(&der), &parsed, &problem));
    assert_ok(pki_spiffe_of(&parsed, &uri));
    assert_span_equal(uri, span_text("spiffe://acme/station/line1-03"));
    assert_int_equal(pki_identity_certificate_check_ca(&parsed, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "IDENTITY_CA");
    authority_done(&authority);
}

static void refuse(const struct authority *authority, struct span tbs, const char *reason)
{
    struct problem problem = {0};
    assert_int_not_equal(
        pki_identity_certificate_lint(tbs, &authority->certificate, PREFIX, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
}

static void refuse_client(const struct authority *authority,
                          const struct pki_identity_certificate *client, const char *reason)
{
    AUTO(buf_done) struct buf tbs = tbs_of(client);
    refuse(authority, buf_span(&tbs), reason);
}

static void test_refusals(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE];
    struct authority authority = authority_new();
    const struct pki_identity_certificate good = station(&authority, point);

    struct pki_identity_certificate bad = good;
    bad.uri = "spiffe://acme/operator/op-1";
    refuse_client(&authority, &bad, "IDENTITY_NAME");
    bad.uri = "spiffe://other/station/line1-03";
    refuse_client(&authority, &bad, "IDENTITY_NAME");
    bad.uri = PREFIX;
    refuse_client(&authority, &bad, "IDENTITY_NAME");
    bad.uri = "spiffe://acme/station/../operator/op-1";
    refuse_client(&authority, &bad, "IDENTITY_NAME");
    bad = good;
    bad.not_before = authority.certificate.not_before - 1;
    refuse_client(&authority, &bad, "IDENTITY_DATES");
    bad = good;
    bad.not_after = good.not_before + (PKI_IDENTITY_DAYS_MAX + 1) * (int64_t)DAY;
    refuse_client(&authority, &bad, "IDENTITY_DATES");
    bad = good;
    bad.issuer = NULL; /* a CA of its own */
    bad.uri = NULL;
    refuse_client(&authority, &bad, "IDENTITY_PROFILE");
    authority_done(&authority);
}

/* Whatever single bit differs, it is no longer what the builder makes, or says something else that
 * the builder would make: never a CA, never another id than its prefix allows. */
static void test_every_bit(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE];
    struct authority authority = authority_new();
    struct pki_identity_certificate client = station(&authority, point);
    AUTO(buf_done) struct buf tbs = tbs_of(&client);
    size_t accepted = 0;
    for (size_t bit = 0; bit < tbs.size * 8; bit++) {
        struct problem problem = {0};
        tbs.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        status_t status =
            pki_identity_certificate_lint(buf_span(&tbs), &authority.certificate, PREFIX, &problem);
        if (status == STATUS_OK) {
            struct pki_certificate parsed;
            struct span uri = {0};
            assert_ok(pki_certificate_parse_tbs(buf_span(&tbs), &parsed, &problem));
            assert_ok(pki_spiffe_of(&parsed, &uri));
            assert_memory_equal(uri.data, PREFIX, strlen(PREFIX));
            accepted++;
        }
        tbs.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    /* serial 126 bits, some of the two names' characters and of the dates' digits */
    assert_in_range(accepted, 126, 400);
    authority_done(&authority);
}

static void test_values(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE];
    struct problem problem = {0};
    struct authority authority = authority_new();
    const struct pki_identity_certificate good = station(&authority, point);
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    struct pki_identity_certificate bad = good;
    bad.common_name = "";
    assert_int_equal(pki_identity_certificate_tbs(&bad, &tbs, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "common_name");
    bad = good;
    bad.uri = "spiffe://acme/station/line\n1";
    assert_int_equal(pki_identity_certificate_tbs(&bad, &tbs, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "uri");
    bad = good;
    bad.not_after = bad.not_before;
    assert_int_equal(pki_identity_certificate_tbs(&bad, &tbs, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "not_after");
    bad = good;
    point[64] ^= 1; /* off the curve */
    assert_int_equal(pki_identity_certificate_tbs(&bad, &tbs, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "public_key");
    assert_int_equal(tbs.size, 0);
    authority_done(&authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Keys: the curve's edges, files in every accepted form, signatures against OpenSSL's EVP way. */
#include "lib/pki/plain_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/base/hex.h"
#include "lib/pki/pem.h"
#include "lib/pki/verify_key.h"
#include "tests/support/test.h"

/* n, the order of P-256 (SEC 2 §2.4.2). */
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

/* SEC 2's base point: the public key of 1. */
#define BASE                                                                                       \
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"                           \
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static struct buf hex(const char *text)
{
    struct buf bytes;
    buf_init(&bytes, 4096);
    assert_ok(hex_decode(span_text(text), &bytes));
    return bytes;
}

static struct buf scalar_of(uint8_t value)
{
    struct buf scalar;
    buf_init(&scalar, PKI_SCALAR_SIZE);
    buf_append_fill(&scalar, 0, PKI_SCALAR_SIZE - 1);
    buf_append_byte(&scalar, value);
    return scalar;
}

static void test_scalar_range(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE];
    AUTO(buf_done) struct buf zero = scalar_of(0);
    AUTO(buf_done) struct buf one = scalar_of(1);
    AUTO(buf_done) struct buf order = hex(ORDER);
    AUTO(buf_done) struct buf base = hex(BASE);
    assert_int_equal(pki_plain_key_public(buf_span(&zero), point), STATUS_INVALID);
    assert_int_equal(pki_plain_key_public(buf_span(&order), point), STATUS_INVALID);
    assert_int_equal(pki_plain_key_public(span_make(one.data, 31), point), STATUS_INVALID);
    assert_ok(pki_plain_key_public(buf_span(&one), point));
    assert_span_equal(SPAN_OF(point), buf_span(&base));
    order.data[31]--; /* n - 1: the base point with the other y */
    assert_ok(pki_plain_key_public(buf_span(&order), point));
    assert_memory_equal(point, base.data, 33);
    assert_memory_not_equal(point + 33, base.data + 33, 32);
}

static void test_from_random(void **state)
{
    (void)state;
    uint8_t point[PKI_POINT_SIZE] = {0};
    AUTO(buf_done) struct buf order = hex(ORDER);
    AUTO(buf_done) struct buf one = scalar_of(1);
    AUTO(secret_wipe) struct secret scalar = {0};
    assert_int_equal(pki_plain_key_from_random(buf_span(&order), &scalar, point), STATUS_INVALID);
    assert_null(scalar.data);
    assert_int_equal(point[0], 0);
    assert_ok(pki_plain_key_from_random(buf_span(&one), &scalar, point));
    assert_span_equal(secret_span(&scalar), buf_span(&one));
    assert_int_equal(point[0], 4);
}

static void test_points(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf point = hex(BASE);
    assert_ok(pki_plain_key_check_point(buf_span(&point)));
    assert_int_equal(pki_plain_key_check_point(span_make(point.data, 64)), STATUS_INVALID);
    assert_int_equal(pki_plain_key_check_point((struct span){0}), STATUS_INVALID);
    point.data[64] ^= 1;
    assert_int_equal(pki_plain_key_check_point(buf_span(&point)), STATUS_INVALID);
    point.data[64] ^= 1;
    point.data[0] = 3; /* compressed, hybrid and infinity forms */
    assert_int_equal(pki_plain_key_check_point(span_make(point.data, 33)), STATUS_INVALID);
    point.data[0] = 7;
    assert_int_equal(pki_plain_key_check_point(buf_span(&point)), STATUS_INVALID);
    memset(point.data, 0, point.size);
    assert_int_equal(pki_plain_key_check_point(buf_span(&point)), STATUS_INVALID);
    memset(point.data, 0xFF, point.size);
    point.data[0] = 4; /* coordinates beyond the field */
    assert_int_equal(pki_plain_key_check_point(buf_span(&point)), STATUS_INVALID);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left for a later TLS call to find */
}

static void test_spki(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf point = hex(BASE);
    AUTO(buf_done) struct buf spki;
    struct span again;
    buf_init(&spki, 200);
    assert_ok(pki_plain_key_spki(buf_span(&point), &spki));
    assert_int_equal(spki.size, 91);
    assert_ok(pki_plain_key_spki_point(buf_span(&spki), &again));
    assert_span_equal(again, buf_span(&point));
    const uint8_t *bytes = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &bytes, (long)spki.size);
    assert_non_null(key);
    EVP_PKEY_free(key);
    spki.data[22] ^= 1; /* another curve */
    assert_int_equal(pki_plain_key_spki_point(buf_span(&spki), &again), STATUS_INVALID);
    assert_int_equal(pki_plain_key_spki(span_make(point.data, 33), &spki), STATUS_INVALID);
}

/* OpenSSL verifies what we sign; we verify what OpenSSL signs. */
static void test_against_evp(void **state)
{
    (void)state;
    static const char message[] = "message";
    uint8_t scalar[PKI_SCALAR_SIZE];
    memset(scalar, 0x5A, sizeof(scalar));
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, 100);
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    struct signer signer = pki_plain_key_signer(key);
    assert_ok(signer.sign(signer.context, span_text(message), &signature, NULL));
    const uint8_t *bytes = signer.spki.data;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &bytes, (long)signer.spki.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, public), 1);
    assert_int_equal(EVP_DigestVerify(context, signature.data, signature.size,
                                      (const uint8_t *)message, strlen(message)),
                     1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
}

static void test_verify_refuses(void **state)
{
    (void)state;
    uint8_t scalar[PKI_SCALAR_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    memset(scalar, 0x5A, sizeof(scalar));
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, 200);
    assert_ok(pki_plain_key_public(SPAN_OF(scalar), point));
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    struct signer signer = pki_plain_key_signer(key);
    assert_ok(signer.sign(signer.context, span_text("a"), &signature, NULL));
    struct span good = buf_span(&signature);
    assert_ok(pki_plain_key_verify(SPAN_OF(point), span_text("a"), good));
    assert_int_equal(pki_plain_key_verify(SPAN_OF(point), span_text("b"), good), STATUS_REFUSED);
    assert_int_equal(pki_plain_key_verify(SPAN_OF(point), span_text("a"), (struct span){0}),
                     STATUS_REFUSED);
    assert_int_equal(
        pki_plain_key_verify(SPAN_OF(point), span_text("a"), span_make(good.data, good.size - 1)),
        STATUS_REFUSED);
    buf_append_byte(&signature, 0); /* trailing byte */
    assert_int_equal(pki_plain_key_verify(SPAN_OF(point), span_text("a"), buf_span(&signature)),
                     STATUS_REFUSED);
    signature.size--;
    point[64] ^= 1;
    assert_int_equal(pki_plain_key_verify(SPAN_OF(point), span_text("a"), buf_span(&signature)),
                     STATUS_REFUSED);
    assert_int_equal(ERR_peek_error(), 0);
}

/* One verify key for many signatures: a refused one leaves it as good as before. */
static void test_verify_key(void **state)
{
    (void)state;
    uint8_t scalar[PKI_SCALAR_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    memset(scalar, 0x5A, sizeof(scalar));
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(pki_verify_key_free) struct pki_verify_key *verify_key = NULL;
    assert_ok(pki_plain_key_public(SPAN_OF(scalar), point));
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    assert_ok(pki_verify_key_new(SPAN_OF(point), &verify_key));
    struct signer signer = pki_plain_key_signer(key);
    for (uint8_t i = 0; i < 50; i++) {
        AUTO(buf_done) struct buf signature;
        buf_init(&signature, 200);
        struct span message = span_make(&i, 1);
        assert_ok(signer.sign(signer.context, message, &signature, NULL));
        assert_ok(pki_verify_key_verify(verify_key, message, buf_span(&signature)));
        assert_int_equal(pki_verify_key_verify(verify_key, span_text("ab"), buf_span(&signature)),
                         STATUS_REFUSED);
        signature.data[signature.size - 1] ^= 1;
        assert_int_equal(pki_verify_key_verify(verify_key, message, buf_span(&signature)),
                         STATUS_REFUSED);
        buf_append_fill(&signature, 0, 80); /* longer than any signature */
        assert_int_equal(pki_verify_key_verify(verify_key, message, buf_span(&signature)),
                         STATUS_REFUSED);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_verify_key_point(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf point = hex(BASE);
    struct pki_verify_key *verify_key = NULL;
    point.data[64] ^= 1;
    assert_int_equal(pki_verify_key_new(buf_span(&point), &verify_key), STATUS_INVALID);
    assert_int_equal(pki_verify_key_new((struct span){0}, &verify_key), STATUS_INVALID);
    assert_null(verify_key);
    pki_verify_key_free(NULL);
    assert_int_equal(ERR_peek_error(), 0);
}

/* A key made by OpenSSL, in the forms it writes. */
static EVP_PKEY *openssl_key(const char *curve)
{
    EVP_PKEY *key = EVP_EC_gen(curve);
    assert_non_null(key);
    return key;
}

static struct buf bio_bytes(BIO *bio)
{
    char *data;
    struct buf bytes;
    long size = BIO_get_mem_data(bio, &data);
    buf_init(&bytes, 4096);
    buf_append(&bytes, data, (size_t)size);
    BIO_free(bio);
    return bytes;
}

enum form { PKCS8_PEM, PKCS8_DER, SEC1_PEM, SEC1_DER, PKCS8_ENCRYPTED, SEC1_ENCRYPTED };

static struct buf written(EVP_PKEY *key, enum form form)
{
    BIO *bio = BIO_new(BIO_s_mem());
    switch (form) {
    case PKCS8_PEM:
        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
        break;
    case PKCS8_DER:
        assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL), 1);
        break;
    case SEC1_PEM:
        assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL),
                         1);
        break;
    case SEC1_DER:
        assert_int_equal(i2d_PrivateKey_bio(bio, key), 1);
        break;
    case PKCS8_ENCRYPTED:
        assert_int_equal(
            PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
        break;
    case SEC1_ENCRYPTED:
    default:
        assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(),
                                                              (const unsigned char *)"secret", 6,
                                                              NULL, NULL),
                         1);
        break;
    }
    return bio_bytes(bio);
}

static void test_read_forms(void **state)
{
    (void)state;
    EVP_PKEY *key = openssl_key("P-256");
    uint8_t *spki = NULL;
    int size = i2d_PUBKEY(key, &spki);
    assert_int_equal(size, 91);
    for (enum form form = PKCS8_PEM; form <= SEC1_DER; form++) {
        AUTO(buf_done) struct buf bytes = written(key, form);
        AUTO(pki_plain_key_free) struct pki_plain_key *ours = NULL;
        struct problem problem = {0};
        if (pki_plain_key_read(buf_span(&bytes), &ours, &problem) != STATUS_OK) {
            fail_msg("form %d: %s", (int)form, problem.message);
        }
        assert_span_equal(pki_plain_key_signer(ours).spki, span_make(spki, (size_t)size));
    }
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
}

static void refuse(struct span bytes, status_t status, const char *reason)
{
    struct pki_plain_key *key = NULL;
    struct problem problem = {0};
    assert_int_equal(pki_plain_key_read(bytes, &key, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_null(key);
}

static void test_read_refuses(void **state)
{
    (void)state;
    EVP_PKEY *key = openssl_key("P-256");
    AUTO(buf_done) struct buf encrypted = written(key, PKCS8_ENCRYPTED);
    AUTO(buf_done) struct buf encrypted_sec1 = written(key, SEC1_ENCRYPTED);
    AUTO(buf_done) struct buf der = written(key, SEC1_DER);
    refuse(buf_span(&encrypted), STATUS_INVALID, "KEY_ENCRYPTED");
    refuse(buf_span(&encrypted_sec1), STATUS_INVALID, "KEY_ENCRYPTED");
    refuse(span_make(der.data, der.size - 1), STATUS_MALFORMED, "KEY_MALFORMED");
    refuse(span_text("hello"), STATUS_MALFORMED, "PEM_MALFORMED");
    der.data[der.size - 1] ^= 1; /* the public half */
    refuse(buf_span(&der), STATUS_INVALID, "KEY_PAIR");
    der.data[4] = 2; /* version */
    refuse(buf_span(&der), STATUS_MALFORMED, "KEY_MALFORMED");
    EVP_PKEY_free(key);
}

static void test_other_algorithms(void **state)
{
    (void)state;
    EVP_PKEY *keys[] = {openssl_key("P-384"), openssl_key("secp256k1"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024)};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        AUTO(buf_done) struct buf bytes = written(keys[i], PKCS8_PEM);
        refuse(buf_span(&bytes), STATUS_INVALID, "KEY_CURVE");
        EVP_PKEY_free(keys[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalar_range),     cmocka_unit_test(test_from_random),
        cmocka_unit_test(test_points),           cmocka_unit_test(test_spki),
        cmocka_unit_test(test_against_evp),      cmocka_unit_test(test_verify_refuses),
        cmocka_unit_test(test_verify_key),       cmocka_unit_test(test_verify_key_point),
        cmocka_unit_test(test_read_forms),       cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_other_algorithms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

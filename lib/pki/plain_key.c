/* EC_KEY and ECDSA_* are deprecated in OpenSSL 3.0, and used all the same: they are the paths to
 * the same assembly without fetching a provider algorithm and importing parameters for every key
 * (about 7 us per key pair and 15 us per signature; the EVP way costs several times that). */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/pki/plain_key.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/pki/oid.h"
#include "lib/pki/p256.h"
#include "lib/pki/private_key.h"
#include "lib/pki/verify_key.h"

enum {
    SIGNATURE_SIZE_MAX = 72,
    SPKI_PREFIX_SIZE = 26,
    SPKI_SIZE = SPKI_PREFIX_SIZE + PKI_POINT_SIZE
};

/* SubjectPublicKeyInfo of an uncompressed P-256 point up to the point itself (RFC 5480 §2). */
static const uint8_t spki_prefix[SPKI_PREFIX_SIZE] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

struct pki_plain_key {
    EC_KEY *key;
    uint8_t spki[SPKI_SIZE];
};

OWN_POINTER(BIGNUM, BN_clear_free)

/* OpenSSL queues its errors per thread, where a later TLS call would take them for its own. */
static status_t with_clean_errors(status_t status)
{
    (void)ERR_pop_to_mark();
    return status;
}

/* A scalar as a BIGNUM in secure memory, marked for constant time; NULL when out of memory. */
static BIGNUM *secret_number(struct span scalar)
{
    BIGNUM *number = BN_secure_new();
    if (number == NULL) {
        return NULL;
    }
    BN_set_flags(number, BN_FLG_CONSTTIME);
    if (BN_bin2bn(scalar.data, (int)scalar.size, number) == NULL) {
        BN_clear_free(number);
        return NULL;
    }
    return number;
}

static bool in_range(const BIGNUM *number, const EC_GROUP *group)
{
    return !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
}

static status_t multiply_base(const EC_GROUP *group, const BIGNUM *number,
                              uint8_t ret_point[static PKI_POINT_SIZE])
{
    AUTO(EC_POINT_free) EC_POINT *point = EC_POINT_new(group);
    if (point == NULL || EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1 ||
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_point, PKI_POINT_SIZE,
                           NULL) != PKI_POINT_SIZE) {
        return STATUS_CRYPTO;
    }
    return STATUS_OK;
}

static status_t public_of(struct span scalar, uint8_t ret_point[static PKI_POINT_SIZE])
{
    const EC_GROUP *group = pki_p256_group();
    if (scalar.size != PKI_SCALAR_SIZE) {
        return STATUS_INVALID;
    }
    AUTO(BN_clear_free) BIGNUM *number = secret_number(scalar);
    if (number == NULL || group == NULL) {
        return STATUS_NO_MEMORY;
    }
    return in_range(number, group) ? multiply_base(group, number, ret_point) : STATUS_INVALID;
}

status_t pki_plain_key_public(struct span scalar, uint8_t ret_point[static PKI_POINT_SIZE])
{
    (void)ERR_set_mark();
    return with_clean_errors(public_of(scalar, ret_point));
}

status_t pki_plain_key_from_random(struct span random32, struct secret *ret_scalar,
                                   uint8_t ret_point[static PKI_POINT_SIZE])
{
    uint8_t point[PKI_POINT_SIZE];
    TRY(pki_plain_key_public(random32, point));
    TRY(secret_copy(ret_scalar, random32));
    memcpy(ret_point, point, sizeof(point));
    return STATUS_OK;
}

status_t pki_plain_key_check_point(struct span point)
{
    (void)ERR_set_mark();
    AUTO(EC_POINT_free) EC_POINT *read = pki_p256_point(point);
    return with_clean_errors(read == NULL ? STATUS_INVALID : STATUS_OK);
}

status_t pki_plain_key_spki(struct span point, struct buf *ret_spki)
{
    if (point.size != PKI_POINT_SIZE) {
        return STATUS_INVALID;
    }
    buf_append(ret_spki, spki_prefix, sizeof(spki_prefix));
    buf_append_span(ret_spki, point);
    return buf_status(ret_spki);
}

status_t pki_plain_key_spki_point(struct span spki, struct span *ret_point)
{
    if (spki.size != SPKI_SIZE || memcmp(spki.data, spki_prefix, sizeof(spki_prefix)) != 0) {
        return STATUS_INVALID;
    }
    struct span point = span_make(spki.data + sizeof(spki_prefix), PKI_POINT_SIZE);
    TRY(pki_plain_key_check_point(point));
    *ret_point = point;
    return STATUS_OK;
}

static status_t private_key(struct span scalar, const uint8_t *point, EC_KEY **ret_key)
{
    AUTO(EC_KEY_free) EC_KEY *key = pki_p256_public_key(span_make(point, PKI_POINT_SIZE));
    AUTO(BN_clear_free) BIGNUM *number = secret_number(scalar);
    if (key == NULL || number == NULL || EC_KEY_set_private_key(key, number) != 1) {
        return STATUS_NO_MEMORY;
    }
    *ret_key = TAKE(key);
    return STATUS_OK;
}

status_t pki_plain_key_from_scalar(struct span scalar, struct pki_plain_key **ret_key)
{
    uint8_t point[PKI_POINT_SIZE];
    TRY(pki_plain_key_public(scalar, point));
    AUTO(pki_plain_key_free) struct pki_plain_key *key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)ERR_set_mark();
    TRY(with_clean_errors(private_key(scalar, point, &key->key)));
    memcpy(key->spki, spki_prefix, sizeof(spki_prefix));
    memcpy(key->spki + sizeof(spki_prefix), point, sizeof(point));
    *ret_key = TAKE(key);
    return STATUS_OK;
}

status_t pki_plain_key_read(struct span pem_or_der, struct pki_plain_key **ret_key,
                            struct problem *problem)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    TRY(pki_private_key_decode(pem_or_der, &scalar, problem));
    return pki_plain_key_from_scalar(secret_span(&scalar), ret_key);
}

void pki_plain_key_free(struct pki_plain_key *key)
{
    if (key != NULL) {
        EC_KEY_free(key->key); /* clears the private number */
        free(key);
    }
}

static status_t sign_digest(EC_KEY *key, const uint8_t digest[static SHA256_SIZE],
                            struct buf *ret_signature)
{
    uint8_t signature[SIGNATURE_SIZE_MAX];
    unsigned size = 0;
    (void)ERR_set_mark();
    if (ECDSA_sign(0, digest, SHA256_SIZE, signature, &size, key) != 1 ||
        ECDSA_verify(0, digest, SHA256_SIZE, signature, (int)size, key) != 1) {
        return with_clean_errors(STATUS_CRYPTO);
    }
    (void)ERR_pop_to_mark();
    buf_append(ret_signature, signature, size);
    return buf_status(ret_signature);
}

static status_t sign(void *context, struct span message, struct buf *ret_signature,
                     struct problem *problem)
{
    const struct pki_plain_key *key = context;
    uint8_t digest[SHA256_SIZE];
    digest_sha256(message, digest);
    status_t status = sign_digest(key->key, digest, ret_signature);
    if (status == STATUS_CRYPTO) {
        return problem_say(problem, status, "SIGNATURE_FAILED", "key",
                           "OpenSSL could not sign, or its signature did not verify: the key or "
                           "this machine's memory is damaged");
    }
    return status;
}

struct signer pki_plain_key_signer(struct pki_plain_key *key)
{
    return (struct signer){
        .algorithm = SIGNER_ECDSA_P256_SHA256,
        .spki = SPAN_OF(key->spki),
        .context = key,
        .sign = sign,
    };
}

status_t pki_plain_key_verify(struct span point, struct span message, struct span signature)
{
    AUTO(pki_verify_key_free) struct pki_verify_key *key = NULL;
    status_t status = pki_verify_key_new(point, &key);
    if (status == STATUS_OK) {
        status = pki_verify_key_verify(key, message, signature);
    }
    return status == STATUS_INVALID ? STATUS_REFUSED : status;
}

#include "tests/unit/tlog/signers.h"

#include <openssl/evp.h>

#include "lib/pki/ed25519.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

/* 32 times the same byte is a good enough secret for a test. */
enum { SECRET_BYTE = 0x4D };

static EVP_PKEY *ed25519_key(void)
{
    static EVP_PKEY *key;
    if (key == NULL) {
        uint8_t secret[PKI_ED25519_KEY_SIZE];
        memset(secret, SECRET_BYTE, sizeof(secret));
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof(secret));
        assert_non_null(key);
    }
    return key;
}

static status_t sign(void *context, struct span message, struct buf *ret_signature,
                     struct problem *problem)
{
    (void)context;
    (void)problem;
    uint8_t signature[PKI_ED25519_SIGNATURE_SIZE];
    size_t size = sizeof(signature);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(digest, NULL, NULL, NULL, ed25519_key()), 1);
    assert_int_equal(EVP_DigestSign(digest, signature, &size, message.data, message.size), 1);
    EVP_MD_CTX_free(digest);
    buf_append(ret_signature, signature, size);
    return buf_status(ret_signature);
}

struct signer test_ed25519_signer(void)
{
    static uint8_t spki[PKI_ED25519_SPKI_SIZE];
    uint8_t key[PKI_ED25519_KEY_SIZE];
    size_t size = sizeof(key);
    assert_int_equal(EVP_PKEY_get_raw_public_key(ed25519_key(), key, &size), 1);
    pki_ed25519_spki(key, spki);
    return (struct signer){.algorithm = SIGNER_ED25519, .spki = SPAN_OF(spki), .sign = sign};
}

struct signer test_ecdsa_signer(void)
{
    static struct pki_plain_key *key;
    if (key == NULL) {
        uint8_t scalar[PKI_SCALAR_SIZE];
        memset(scalar, SECRET_BYTE, sizeof(scalar));
        assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    }
    return pki_plain_key_signer(key);
}

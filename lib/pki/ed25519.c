#include "lib/pki/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { PREFIX_SIZE = PKI_ED25519_SPKI_SIZE - PKI_ED25519_KEY_SIZE };

/* SubjectPublicKeyInfo up to the key itself (RFC 8410 §4). */
static const uint8_t prefix[PREFIX_SIZE] = {
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
};

OWN_POINTER(EVP_PKEY, EVP_PKEY_free)
OWN_POINTER(EVP_MD_CTX, EVP_MD_CTX_free)

status_t pki_ed25519_spki_key(struct span spki, struct span *ret_key)
{
    if (spki.size != PKI_ED25519_SPKI_SIZE || memcmp(spki.data, prefix, PREFIX_SIZE) != 0) {
        return STATUS_INVALID;
    }
    *ret_key = span_make(spki.data + PREFIX_SIZE, PKI_ED25519_KEY_SIZE);
    return STATUS_OK;
}

void pki_ed25519_spki(const uint8_t key[static PKI_ED25519_KEY_SIZE],
                      uint8_t ret_spki[static PKI_ED25519_SPKI_SIZE])
{
    memcpy(ret_spki, prefix, PREFIX_SIZE);
    memcpy(ret_spki + PREFIX_SIZE, key, PKI_ED25519_KEY_SIZE);
}

status_t pki_ed25519_verify(const uint8_t key[static PKI_ED25519_KEY_SIZE], struct span message,
                            struct span signature)
{
    (void)ERR_set_mark();
    AUTO(EVP_PKEY_free)
    EVP_PKEY *public_key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, PKI_ED25519_KEY_SIZE);
    AUTO(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool verified =
        public_key != NULL && context != NULL && signature.size == PKI_ED25519_SIGNATURE_SIZE &&
        EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
    (void)ERR_pop_to_mark();
    return verified ? STATUS_OK : STATUS_REFUSED;
}

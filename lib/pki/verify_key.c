#define OPENSSL_SUPPRESS_DEPRECATED /* ECDSA_verify: see plain_key.c */

#include "lib/pki/verify_key.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/pki/p256.h"

enum { SIGNATURE_SIZE_MAX = 72 };

struct pki_verify_key {
    EC_KEY *key;
};

status_t pki_verify_key_new(struct span point, struct pki_verify_key **ret_key)
{
    AUTO(pki_verify_key_free) struct pki_verify_key *key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)ERR_set_mark();
    key->key = pki_p256_public_key(point);
    (void)ERR_pop_to_mark();
    if (key->key == NULL) {
        return STATUS_INVALID; /* cppcheck-suppress memleak ; AUTO frees it */
    }
    *ret_key = TAKE(key);
    return STATUS_OK; /* cppcheck-suppress memleak ; the caller has it */
}

void pki_verify_key_free(struct pki_verify_key *key)
{
    if (key != NULL) {
        EC_KEY_free(key->key);
        free(key);
    }
}

status_t pki_verify_key_verify(const struct pki_verify_key *key, struct span message,
                               struct span signature)
{
    if (signature.size > SIGNATURE_SIZE_MAX) {
        return STATUS_REFUSED;
    }
    uint8_t digest[SHA256_SIZE];
    digest_sha256(message, digest);
    (void)ERR_set_mark();
    /* also refuses a signature that is not DER: it compares with its own encoding */
    int result =
        ECDSA_verify(0, digest, SHA256_SIZE, signature.data, (int)signature.size, key->key);
    (void)ERR_pop_to_mark();
    return result == 1 ? STATUS_OK : STATUS_REFUSED;
}

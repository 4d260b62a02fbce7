/* SHA256_Init and its like are deprecated in OpenSSL 3 in favour of EVP, which makes all digests of
 * the provider before it gives the first: a third of what a short command takes. The algorithm is
 * the same code. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/base/digest.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <zlib.h>

/* EVP_sha256() and its like are looked up among the providers anew at each use; these are looked up
 * once and live as long as the process, which has no threads. */
static const EVP_MD *fetched(EVP_MD **algorithm, const char *name)
{
    if (*algorithm == NULL) {
        *algorithm = EVP_MD_fetch(NULL, name, NULL);
    }
    return *algorithm;
}

static void digest(const EVP_MD *algorithm, struct span bytes, uint8_t *ret_digest)
{
    bool done = algorithm != NULL &&
                EVP_Digest(bytes.data, bytes.size, ret_digest, NULL, algorithm, NULL) == 1;
    assert(done); /* fails only when libcrypto cannot allocate or lacks the algorithm */
    (void)done;
}

/* Of both parts, one behind the other. */
static void sha256(struct span first, struct span second, uint8_t *ret_digest)
{
    SHA256_CTX context;
    bool done = SHA256_Init(&context) == 1 &&
                (first.size == 0 || SHA256_Update(&context, first.data, first.size) == 1) &&
                (second.size == 0 || SHA256_Update(&context, second.data, second.size) == 1) &&
                SHA256_Final(ret_digest, &context) == 1;
    OPENSSL_cleanse(&context, sizeof(context));
    assert(done); /* these never fail */
    (void)done;
}

void digest_sha256(struct span bytes, uint8_t ret_digest[static SHA256_SIZE])
{
    sha256(bytes, (struct span){0}, ret_digest);
}

void digest_sha256_prefixed(uint8_t prefix, struct span bytes,
                            uint8_t ret_digest[static SHA256_SIZE])
{
    sha256(span_make(&prefix, 1), bytes, ret_digest);
}

void digest_sha1(struct span bytes, uint8_t ret_digest[static SHA1_SIZE])
{
    static EVP_MD *algorithm;
    digest(fetched(&algorithm, "SHA1"), bytes, ret_digest);
}

void digest_md5(struct span bytes, uint8_t ret_digest[static MD5_SIZE])
{
    static EVP_MD *algorithm;
    digest(fetched(&algorithm, "MD5"), bytes, ret_digest);
}

void digest_hmac_sha256(struct span key, struct span bytes, uint8_t ret_mac[static SHA256_SIZE])
{
    unsigned size = SHA256_SIZE;
    assert(key.size <= INT32_MAX);
    const uint8_t *result =
        HMAC(EVP_sha256(), key.data, (int)key.size, bytes.data, bytes.size, ret_mac, &size);
    assert(result != NULL && size == SHA256_SIZE);
    (void)result;
}

uint32_t digest_crc(uint32_t previous, struct span bytes)
{
    /* crc32(x, NULL, 0) would restart from 0 */
    return bytes.size == 0 ? previous : (uint32_t)crc32_z(previous, bytes.data, bytes.size);
}

#include "server/issue/commit.h"

#include <assert.h>
#include <openssl/crypto.h>

void issue_commit(struct span nonce, const struct span *digests, size_t count,
                  uint8_t ret_commitment[static SHA256_SIZE])
{
    uint8_t bytes[SHA256_SIZE * (1 + IMAGE_PARTITIONS_MAX)];
    size_t size = SHA256_SIZE;
    assert(nonce.size == SHA256_SIZE && count <= IMAGE_PARTITIONS_MAX);
    memcpy(bytes, nonce.data, size);
    for (size_t i = 0; i < count; i++) {
        assert(digests[i].size == SHA256_SIZE);
        memcpy(bytes + size, digests[i].data, SHA256_SIZE);
        size += SHA256_SIZE;
    }
    digest_sha256(span_make(bytes, size), ret_commitment);
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

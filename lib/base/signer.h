/* The seam to private keys: whoever signs fills this in. In the service it is the signer process
 * (hsm/client.h); in tools and tests a plain OpenSSL key (lib/pki/plain_key.h). */
#ifndef MINTMARK_LIB_BASE_SIGNER_H
#define MINTMARK_LIB_BASE_SIGNER_H

#include "lib/base/buf.h"

enum signer_algorithm {
    SIGNER_ECDSA_P256_SHA256 = 1, /* signature: DER Ecdsa-Sig-Value, at most 72 bytes */
    SIGNER_ED25519 = 2,           /* signature: 64 bytes, RFC 8032 */
};

enum { SIGNER_SIGNATURE_MAX = 8192 }; /* room for ML-DSA, spec matter-pki §5 */

struct signer {
    enum signer_algorithm algorithm;
    struct span spki; /* DER SubjectPublicKeyInfo of the key; borrowed, lives as long as context */
    void *context;
    /* Signs the whole message (hashing is the signer's business) and appends the signature as X.509
     * carries it. The signature is verified before it is returned. */
    status_t (*sign)(void *context, struct span message, struct buf *ret_signature,
                     struct problem *problem);
};

#endif

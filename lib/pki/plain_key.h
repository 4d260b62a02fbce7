/* P-256 keys in this process's memory: device keys, and signers for tools and tests. */
#ifndef MINTMARK_LIB_PKI_PLAIN_KEY_H
#define MINTMARK_LIB_PKI_PLAIN_KEY_H

#include "lib/base/buf.h"
#include "lib/base/secret.h"
#include "lib/base/signer.h"

enum { PKI_SCALAR_SIZE = 32, PKI_POINT_SIZE = 65, PKI_SEC1_SIZE = 121 };

/* Public point of a private scalar (32 bytes, big-endian, 1..n-1); STATUS_INVALID otherwise. */
MUST_USE status_t pki_plain_key_public(struct span scalar,
                                       uint8_t ret_point[static PKI_POINT_SIZE]);

/* A new key pair: one candidate scalar per 32 bytes of the caller's randomness; STATUS_INVALID when
 * it is 0 or >= n (draw again). */
MUST_USE status_t pki_plain_key_from_random(struct span random32, struct secret *ret_scalar,
                                            uint8_t ret_point[static PKI_POINT_SIZE]);

/* STATUS_INVALID unless `point` is 04‖X‖Y on P-256. */
MUST_USE status_t pki_plain_key_check_point(struct span point);

/* DER SubjectPublicKeyInfo (91 bytes) of a point. Appends. */
MUST_USE status_t pki_plain_key_spki(struct span point, struct buf *ret_spki);

/* The point (borrowed) of such an SPKI; STATUS_INVALID for any other algorithm, curve or encoding,
 * and for a point that is not on the curve. */
MUST_USE status_t pki_plain_key_spki_point(struct span spki, struct span *ret_point);

struct pki_plain_key;

/* A signer on a private key: from a PEM or DER file content (PKCS#8 or SEC1), or a scalar. The
 * signer borrows the key. */
MUST_USE status_t pki_plain_key_read(struct span pem_or_der, struct pki_plain_key **ret_key,
                                     struct problem *problem);
MUST_USE status_t pki_plain_key_from_scalar(struct span scalar, struct pki_plain_key **ret_key);
void pki_plain_key_free(struct pki_plain_key *key);
OWN_POINTER(struct pki_plain_key, pki_plain_key_free)
struct signer pki_plain_key_signer(struct pki_plain_key *key);

/* STATUS_REFUSED unless the DER signature over `message` (ECDSA, SHA-256) verifies under `point`.
 * For a key that is used again there is lib/pki/verify_key.h. */
MUST_USE status_t pki_plain_key_verify(struct span point, struct span message,
                                       struct span signature);

#endif

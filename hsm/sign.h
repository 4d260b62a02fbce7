/* Signing with keys of the token: CKM_ECDSA over our own SHA-256, every signature verified. */
#ifndef MINTMARK_HSM_SIGN_H
#define MINTMARK_HSM_SIGN_H

#include "hsm/key.h"
#include "lib/base/secret.h"
#include "lib/base/signer.h"
#include "lib/pki/verify_key.h"

enum {
    HSM_RAW_SIGNATURE_SIZE = 64, /* r then s, 32 octets each (PKCS#11 CKM_ECDSA) */
    HSM_MAC_SIZE = 32,
    HSM_SALT_MAX = 64,
    HSM_SPKI_SIZE = 91,
};

/* Ecdsa-Sig-Value with minimal INTEGERs. STATUS_MALFORMED unless r and s are in 1..n-1. Appends. */
MUST_USE status_t hsm_sign_der(const uint8_t raw[static HSM_RAW_SIGNATURE_SIZE],
                               struct buf *ret_signature);

/* Appends the DER signature over `message`, verified under `public_key` before it is given out.
 * What the token gets wrong (a signature of another size, or one that does not verify) is
 * STATUS_UNAVAILABLE, TOKEN_SIGNATURE: nothing leaves, and the process should end. */
MUST_USE status_t hsm_sign_message(const struct hsm_session *session, const struct hsm_key *key,
                                   const struct pki_verify_key *public_key, struct span message,
                                   struct buf *ret_signature, struct problem *problem);

/* Signs fresh random bytes: the only proof that `key` is the private key of `point`.
 * STATUS_REFUSED, KEY_SELF_TEST. */
MUST_USE status_t hsm_sign_prove(const struct hsm_session *session, const struct hsm_key *key,
                                 struct span point, const char *field, struct problem *problem);

/* HMAC-SHA-256 by a secret key over at most HSM_SALT_MAX bytes. */
MUST_USE status_t hsm_sign_mac(const struct hsm_session *session, const struct hsm_key *key,
                               struct span salt, struct secret *ret_mac, struct problem *problem);

/* A key as a `struct signer` for lib/pki and lib/matter. */
struct hsm_sign_context {
    const struct hsm_session *session; /* borrowed */
    struct hsm_key key;
    uint8_t spki[HSM_SPKI_SIZE];
};

/* Needs key->has_point. Borrows the session. */
MUST_USE status_t hsm_sign_context(const struct hsm_session *session, const struct hsm_key *key,
                                   struct hsm_sign_context *ret_context, struct problem *problem);
struct signer hsm_sign_signer(struct hsm_sign_context *context); /* borrows the context */

#endif

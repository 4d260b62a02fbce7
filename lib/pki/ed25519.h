/* Ed25519 public keys and signatures (RFC 8032, RFC 8410). */
#ifndef MINTMARK_LIB_PKI_ED25519_H
#define MINTMARK_LIB_PKI_ED25519_H

#include "lib/base/buf.h"

enum { PKI_ED25519_KEY_SIZE = 32, PKI_ED25519_SIGNATURE_SIZE = 64, PKI_ED25519_SPKI_SIZE = 44 };

/* The key (borrowed) of a DER SubjectPublicKeyInfo; STATUS_INVALID for any other algorithm or
 * encoding. */
MUST_USE status_t pki_ed25519_spki_key(struct span spki, struct span *ret_key);
void pki_ed25519_spki(const uint8_t key[static PKI_ED25519_KEY_SIZE],
                      uint8_t ret_spki[static PKI_ED25519_SPKI_SIZE]);

/* STATUS_REFUSED unless the signature over `message` verifies. */
MUST_USE status_t pki_ed25519_verify(const uint8_t key[static PKI_ED25519_KEY_SIZE],
                                     struct span message, struct span signature);

#endif

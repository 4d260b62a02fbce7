/* A public P-256 key made ready once to verify many signatures: making it costs half of what
 * verifying costs. pki_plain_key_verify is for a key that is met once. */
#ifndef MINTMARK_LIB_PKI_VERIFY_KEY_H
#define MINTMARK_LIB_PKI_VERIFY_KEY_H

#include "lib/base/buf.h"

struct pki_verify_key;

/* Copies the point (04‖X‖Y). STATUS_INVALID unless it is on P-256. */
MUST_USE status_t pki_verify_key_new(struct span point, struct pki_verify_key **ret_key);
void pki_verify_key_free(struct pki_verify_key *key); /* accepts NULL */
OWN_POINTER(struct pki_verify_key, pki_verify_key_free)

/* STATUS_REFUSED unless the DER signature over `message` (ECDSA, SHA-256) verifies. */
MUST_USE status_t pki_verify_key_verify(const struct pki_verify_key *key, struct span message,
                                        struct span signature);

#endif

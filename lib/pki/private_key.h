/* Private key files: SEC1 ECPrivateKey (RFC 5915) or unencrypted PKCS#8 (RFC 5958), P-256 only. */
#ifndef MINTMARK_LIB_PKI_PRIVATE_KEY_H
#define MINTMARK_LIB_PKI_PRIVATE_KEY_H

#include "lib/base/buf.h"
#include "lib/base/secret.h"

/* The private scalar (32 bytes) of a PEM or DER file's content; a public key inside must belong to
 * it. Reasons: KEY_MALFORMED, KEY_ENCRYPTED, KEY_CURVE, KEY_PAIR; field "key". */
MUST_USE status_t pki_private_key_decode(struct span pem_or_der, struct secret *ret_scalar,
                                         struct problem *problem);

#endif

/* P-256 in libcrypto's own types: what plain_key.c and verify_key.c share. */
#ifndef MINTMARK_LIB_PKI_P256_H
#define MINTMARK_LIB_PKI_P256_H

#include <openssl/ec.h>

#include "lib/base/buf.h"

/* The curve: a constant of the process, made at first use and never freed or changed (processes
 * here have no threads). Building it takes longer than a signature. NULL when out of memory. */
const EC_GROUP *pki_p256_group(void);

/* A point given as 04‖X‖Y. NULL for any other form, when it is not on the curve, or out of memory;
 * the caller frees. Leaves errors in OpenSSL's queue. */
EC_POINT *pki_p256_point(struct span point);

/* The same as a key without its private half. */
EC_KEY *pki_p256_public_key(struct span point);

OWN_POINTER(EC_KEY, EC_KEY_free)
OWN_POINTER(EC_POINT, EC_POINT_free)

#endif

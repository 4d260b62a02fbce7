/* PKCS#10 requests: read one strictly, and make one. */
#ifndef MINTMARK_LIB_PKI_PKCS10_H
#define MINTMARK_LIB_PKI_PKCS10_H

#include "lib/base/buf.h"
#include "lib/base/signer.h"

enum { PKI_CSR_MAX = 4096 };

/* Checks a device's request: DER without trailing bytes, a P-256 point on its curve, uncompressed,
 * and signed by its own key with ecdsa-with-SHA256 (proof of possession). Subject and extensions
 * are not looked at: what a DAC says comes from the order. Reasons: CSR_MALFORMED,
 * CSR_TRAILING_BYTES, CSR_TOO_LARGE (PKI_CSR_MAX), CSR_CURVE, CSR_ALGORITHM, CSR_SIGNATURE; field
 * "csr". */
MUST_USE status_t pki_pkcs10_check(struct span der, uint8_t ret_public_key[static 65],
                                   struct problem *problem);

/* Makes a request for `subject` (Name as DER), signed by the signer. Appends DER. */
MUST_USE status_t pki_pkcs10_make(struct span subject, const struct signer *signer,
                                  struct buf *ret_der, struct problem *problem);

#endif

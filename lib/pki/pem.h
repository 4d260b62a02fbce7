/* PEM, strictly: one block of the wanted label. */
#ifndef MINTMARK_LIB_PKI_PEM_H
#define MINTMARK_LIB_PKI_PEM_H

#include "lib/base/buf.h"

/* PEM with exactly one block labelled `label` ("CERTIFICATE"), or DER (first byte 30), to DER.
 * Appends. */
MUST_USE status_t pki_pem_decode(struct span pem_or_der, const char *label, struct buf *ret_der,
                                 struct problem *problem);
/* Appends the block, 64 characters a line. */
MUST_USE status_t pki_pem_encode(struct span der, const char *label, struct buf *ret_pem);

#endif

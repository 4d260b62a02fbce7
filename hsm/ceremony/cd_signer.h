/* A development signer of Certification Declarations: its self-signed certificate. */
#ifndef MINTMARK_HSM_CEREMONY_CD_SIGNER_H
#define MINTMARK_HSM_CEREMONY_CD_SIGNER_H

#include "lib/base/buf.h"
#include "lib/base/signer.h"

/* X.509 v3, CN "Mintmark development CD signer", CA FALSE, digitalSignature, SKI = SHA-1 of the
 * point, valid from `not_before` without expiry. `point` is the signer's public key. Appends DER.
 */
MUST_USE status_t ceremony_cd_signer_certificate(const struct signer *signer, struct span point,
                                                 int64_t not_before, struct buf *ret_der,
                                                 struct problem *problem);

#endif

/* The CMS around a Certification Declaration (SPEC.md, "Certification Declaration", D-CMS). */
#ifndef MINTMARK_LIB_MATTER_CD_ENVELOPE_H
#define MINTMARK_LIB_MATTER_CD_ENVELOPE_H

#include "lib/base/buf.h"

struct matter_cd_envelope {
    struct span content; /* the TLV: what is signed */
    struct span signer_key_id;
    struct span signature; /* DER Ecdsa-Sig-Value */
};

/* Borrows `der`. Reasons: CD_TOO_LARGE, CD_MALFORMED, CD_TRAILING_BYTES, CD_CMS_VERSION,
 * CD_CMS_DIGEST, CD_CMS_CONTENT_TYPE, CD_CMS_EXTRA, CD_CMS_SIGNER_ID, CD_CMS_ALGORITHM. */
MUST_USE status_t matter_cd_envelope_parse(struct span der, struct matter_cd_envelope *ret_envelope,
                                           struct problem *problem);

/* Appends DER. */
MUST_USE status_t matter_cd_envelope_make(const struct matter_cd_envelope *envelope,
                                          struct buf *ret_der);

#endif

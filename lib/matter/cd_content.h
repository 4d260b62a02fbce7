/* The TLV inside a Certification Declaration (SPEC.md, "Certification Declaration", D-TLV). */
#ifndef MINTMARK_LIB_MATTER_CD_CONTENT_H
#define MINTMARK_LIB_MATTER_CD_CONTENT_H

#include "lib/matter/cd.h"

/* Leaves signer_key_id zero. Reasons: CD_CONTENT, CD_FORMAT_VERSION, CD_PRODUCT_IDS,
 * CD_CERTIFICATE_ID, CD_SECURITY, CD_TYPE, CD_DAC_ORIGIN, CD_PAA_LIST; the field names the TLV
 * field. */
MUST_USE status_t matter_cd_content_parse(struct span tlv, struct matter_cd *ret_cd,
                                          struct problem *problem);

/* Appends the TLV as it stands in `cd`; values are not judged. */
void matter_cd_content_put(const struct matter_cd *cd, struct buf *ret_tlv);

#endif

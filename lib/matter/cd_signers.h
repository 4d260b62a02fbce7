/* The public keys that sign Certification Declarations, and what each may sign (SPEC.md, D-KEY). */
#ifndef MINTMARK_LIB_MATTER_CD_SIGNERS_H
#define MINTMARK_LIB_MATTER_CD_SIGNERS_H

#include "lib/matter/cd.h"

/* The built-in key with this id: its point (65 bytes, static) and kind. False when it is none. */
bool matter_cd_signers_find(struct span key_id, struct span *ret_point,
                            enum matter_cd_signer *ret_signer);

/* The built-in key at `index`, counted from 0; false behind the last. */
bool matter_cd_signers_at(size_t index, struct span *ret_key_id, struct span *ret_point,
                          enum matter_cd_signer *ret_signer);

bool matter_cd_signers_may_sign(enum matter_cd_signer signer, uint8_t type);

#endif

/* The subject a PAI key was made for: kept in the token as CKA_SUBJECT, shown in requests. */
#ifndef MINTMARK_HSM_CEREMONY_SUBJECT_H
#define MINTMARK_HSM_CEREMONY_SUBJECT_H

#include "hsm/ceremony/token.h"
#include "lib/matter/certificate.h"

enum { CEREMONY_SUBJECT_MAX = 1024 };

struct ceremony_subject {
    char common_name[MATTER_COMMON_NAME_MAX * 4 + 1]; /* UTF-8 */
    struct matter_ids ids;
};

/* Appends the Name (DER) stored with a private key. STATUS_NOT_FOUND, KEY_NO_SUBJECT. */
MUST_USE status_t ceremony_subject_stored(const struct ceremony_token *token,
                                          const struct hsm_key *key, struct buf *ret_name,
                                          struct problem *problem);

/* Appends the subject of a PKCS#10 request; the request is not checked. */
MUST_USE status_t ceremony_subject_of_csr(struct span csr, struct buf *ret_name,
                                          struct problem *problem);

/* CN, VID and PID of a Name. */
MUST_USE status_t ceremony_subject_read(struct span name, struct ceremony_subject *ret_subject,
                                        struct problem *problem);

#endif

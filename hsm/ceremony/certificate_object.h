/* Certificates stored in the token beside their key (CKO_CERTIFICATE, CKC_X_509). */
#ifndef MINTMARK_HSM_CEREMONY_CERTIFICATE_OBJECT_H
#define MINTMARK_HSM_CEREMONY_CERTIFICATE_OBJECT_H

#include "hsm/ceremony/token.h"
#include "lib/pki/certificate.h"

/* Appends the DER of the certificate stored under the key's id. STATUS_NOT_FOUND: none. */
MUST_USE status_t ceremony_certificate_object_read(const struct ceremony_token *token,
                                                   const struct hsm_key *key, struct buf *ret_der,
                                                   struct problem *problem);

/* Stores it; *ret_stored is false when the same one is there already. STATUS_EXISTS
 * (CERTIFICATE_EXISTS) when another one is. */
MUST_USE status_t ceremony_certificate_object_write(const struct ceremony_token *token,
                                                    const struct hsm_key *key,
                                                    const struct pki_certificate *certificate,
                                                    bool *ret_stored, struct problem *problem);

#endif

/* Making keys, with every attribute said explicitly: what a template leaves out, a module may
 * decide (SoftHSM then allows decryption and unwrapping). */
#ifndef MINTMARK_HSM_CEREMONY_MAKE_KEY_H
#define MINTMARK_HSM_CEREMONY_MAKE_KEY_H

#include "hsm/ceremony/token.h"

/* A P-256 pair for signing only, private half sensitive and never extractable, CKA_ID = SHA-1 of
 * the public point, CKA_SUBJECT = `subject` (Name as DER; may be empty). Refused (KEY_EXISTS) when
 * the label is taken. The key counts as made, and is returned, only after the token was closed,
 * opened again and has signed a test with it. */
MUST_USE status_t ceremony_make_pair(struct ceremony_token *token, const char *label,
                                     struct span subject, struct hsm_key *ret_key,
                                     struct problem *problem);

/* A 32-byte generic secret that can do nothing but HMAC; the same care. */
MUST_USE status_t ceremony_make_secret(struct ceremony_token *token, const char *label,
                                       struct hsm_key *ret_key, struct problem *problem);

/* Find the pair, or make it; *ret_made tells. */
MUST_USE status_t ceremony_make_or_find_pair(struct ceremony_token *token, const char *label,
                                             struct hsm_key *ret_key, bool *ret_made,
                                             struct problem *problem);

#endif

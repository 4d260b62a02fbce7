/* Every key of a token that Mintmark could use. */
#ifndef MINTMARK_HSM_CEREMONY_KEY_LIST_H
#define MINTMARK_HSM_CEREMONY_KEY_LIST_H

#include "hsm/ceremony/token.h"

enum { CEREMONY_KEYS_MAX = 256 }; /* a token holds PAIs, seal and log keys: tens */

/* Handles of the private keys on elliptic curves, or of the generic secret keys. */
MUST_USE status_t ceremony_key_list(const struct ceremony_token *token, bool secret,
                                    CK_OBJECT_HANDLE ret_keys[static CEREMONY_KEYS_MAX],
                                    CK_ULONG *ret_count, struct problem *problem);

#endif

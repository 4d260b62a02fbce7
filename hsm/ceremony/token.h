/* A token opened for a ceremony: lock, module, PIN file, login; closed in the reverse order. */
#ifndef MINTMARK_HSM_CEREMONY_TOKEN_H
#define MINTMARK_HSM_CEREMONY_TOKEN_H

#include "hsm/ceremony/options.h"
#include "hsm/key.h"
#include "hsm/lock.h"

struct ceremony_token {
    const struct ceremony_options *options; /* borrowed */
    bool writable;
    struct hsm_uri uri; /* token and serial; no object */
    struct hsm_lock lock;
    struct hsm_module module;
    struct hsm_pin pin;
    struct hsm_session session; /* borrows module: the struct must not move */
};

/* In place; `token` is zeroed before. Done in any case with ceremony_token_done. */
MUST_USE status_t ceremony_token_open(struct ceremony_token *token,
                                      const struct ceremony_options *options, bool writable,
                                      struct problem *problem);

/* Takes the lock and loads the module, without a login. */
MUST_USE status_t ceremony_token_load(struct ceremony_token *token,
                                      const struct ceremony_options *options,
                                      struct problem *problem);

/* Flushes files (SoftHSM does not), then starts from C_Initialize again: what is found after this
 * is really in the token. */
MUST_USE status_t ceremony_token_reopen(struct ceremony_token *token, struct problem *problem);

void ceremony_token_done(struct ceremony_token *token); /* accepts a zeroed struct */
OWN_VALUE(struct ceremony_token, ceremony_token_done)

/* The token's private P-256 key with this label. */
MUST_USE status_t ceremony_token_key(const struct ceremony_token *token, const char *label,
                                     struct hsm_key *ret_key, struct problem *problem);
/* Its secret key. */
MUST_USE status_t ceremony_token_secret(const struct ceremony_token *token, const char *label,
                                        struct hsm_key *ret_key, struct problem *problem);

#endif

/* The transcript of a ceremony (lib/ceremony/SPEC.md): which keys a command made or found. */
#ifndef MINTMARK_HSM_CEREMONY_TRANSCRIPT_H
#define MINTMARK_HSM_CEREMONY_TRANSCRIPT_H

#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/token.h"

/* Notes a key of the open token, with what the token says of it now; `purpose` is "pai", "log" or
 * "identity", or "seal" for the secret key. */
void ceremony_transcript_key(struct ceremony_output *output, const struct ceremony_token *token,
                             const char *purpose, const struct hsm_key *key, bool made);

/* Before anything is made: --transcript names a file that is not there yet, and --person comes with
 * it. */
MUST_USE status_t ceremony_transcript_check(const struct ceremony_options *options,
                                            struct problem *problem);

/* Writes what was noted, when --transcript asks for it. */
MUST_USE status_t ceremony_transcript_write(const struct ceremony_command *command,
                                            const struct ceremony_options *options,
                                            struct ceremony_output *output,
                                            struct problem *problem);

#endif

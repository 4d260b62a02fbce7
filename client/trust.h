/* Whom a station trusts: the certificates of --paa and --cd-signer. */
#ifndef MINTMARK_CLIENT_TRUST_H
#define MINTMARK_CLIENT_TRUST_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum { TRUST_CD_SIGNERS_MAX = 16 };

/* Words of the command line, borrowed. */
struct trust_options {
    const char *paa; /* NULL: not given */
    const char *cd_signers[TRUST_CD_SIGNERS_MAX];
    size_t cd_signer_count;
};

/* False when there are TRUST_CD_SIGNERS_MAX already. */
bool trust_options_add_cd_signer(struct trust_options *options, const char *path);

struct trust {
    struct buf paa; /* DER; empty: not given */
    struct buf cd_signer_bytes[TRUST_CD_SIGNERS_MAX];
    struct span cd_signers[TRUST_CD_SIGNERS_MAX]; /* DER; borrow from cd_signer_bytes */
    size_t cd_signer_count;
};

void trust_init(struct trust *trust);
void trust_done(struct trust *trust);
OWN_VALUE(struct trust, trust_done)

/* Reads the files, PEM or DER. The problem names the file that cannot be read or is no certificate.
 * `trust` is initialised; the caller ends it, also after a failure. */
MUST_USE status_t trust_load(const struct trust_options *options, struct trust *trust,
                             struct problem *problem);

#endif

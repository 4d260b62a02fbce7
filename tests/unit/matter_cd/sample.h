/* A good Certification Declaration, in pieces, to be put together with a flaw. */
#ifndef MINTMARK_TESTS_UNIT_MATTER_CD_SAMPLE_H
#define MINTMARK_TESTS_UNIT_MATTER_CD_SAMPLE_H

#include "lib/matter/cd.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

enum { SAMPLE_VENDOR = 0xFFF1, SAMPLE_PRODUCT = 0x8000 };

/* One flaw of the CMS around the content. */
enum sample_flaw {
    SAMPLE_GOOD,
    SAMPLE_VERSION,
    SAMPLE_SIGNER_VERSION,
    SAMPLE_DIGEST,
    SAMPLE_TWO_DIGESTS,
    SAMPLE_SIGNER_DIGEST,
    SAMPLE_CONTENT_TYPE,
    SAMPLE_NO_CONTENT,
    SAMPLE_CERTIFICATES,
    SAMPLE_CRLS,
    SAMPLE_SIGNED_ATTRIBUTES,
    SAMPLE_UNSIGNED_ATTRIBUTES,
    SAMPLE_TWO_SIGNERS,
    SAMPLE_NO_SIGNER,
    SAMPLE_SIGNER_ID,
    SAMPLE_SIGNER_ID_SIZE,
    SAMPLE_ALGORITHM,
    SAMPLE_SIGNED_DATA_TYPE,
    SAMPLE_EXTRA_FIELD,
    SAMPLE_FLAWS,
};

/* The sample signer: a plain key, its id, and a self-signed certificate with that id. */
struct sample_signer {
    struct pki_plain_key *key;
    uint8_t key_id[MATTER_KEY_ID_SIZE];
    struct buf certificate;
};

void sample_signer_init(struct sample_signer *signer);
void sample_signer_done(struct sample_signer *signer);

/* Development, vendor FFF1, product 8000. */
struct matter_cd sample_cd(const struct sample_signer *signer);

/* CMS around any content, really signed. Caller ends the buf. */
struct buf sample_wrap(const struct sample_signer *signer, struct span content,
                       enum sample_flaw flaw);

#endif

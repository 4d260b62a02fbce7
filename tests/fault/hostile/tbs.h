/* Things that a hostile worker would like to have signed by a PAI, or by the identity CA. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_TBS_H
#define MINTMARK_TESTS_FAULT_HOSTILE_TBS_H

#include "lib/pki/certificate.h"
#include "tests/fault/hostile/random.h"

struct tbs_source {
    struct pki_certificate pai;
    struct pki_certificate paa;
    struct pki_certificate identity_ca;
    uint8_t point[65];    /* of a key of the attacker's */
    uint32_t list_number; /* around which the next list's is */
};

/* Borrows the certificates. */
MUST_USE status_t tbs_source_init(struct span pai, struct span paa, struct span identity_ca,
                                  struct tbs_source *ret_source);

/* Replaces *tbs: a DAC, an authority of the attacker's, a revocation list, a certificate's own TBS,
 * or nothing of the kind; as it is, or changed up to three times. Never empty. */
void tbs_make(struct tbs_source *source, struct random *random, struct buf *tbs);

/* The same for the identity CA: a certificate of a station, or of somebody who is none. */
void tbs_make_identity(const struct tbs_source *source, struct random *random, struct buf *tbs);

#endif

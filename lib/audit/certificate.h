/* The issued certificates, held against what the log announced and against their issuers. */
#ifndef MINTMARK_LIB_AUDIT_CERTIFICATE_H
#define MINTMARK_LIB_AUDIT_CERTIFICATE_H

#include "lib/audit/audit.h"
#include "lib/pki/certificate.h"
#include "lib/pki/verify_key.h"

enum { AUDIT_ISSUERS_MAX = 128 };

/* A PAI, its key ready for many signatures. */
struct audit_issuer {
    struct pki_certificate certificate; /* borrows the DER */
    struct pki_verify_key *key;
    uint64_t issued;
};

struct audit_issuers {
    struct audit_issuer pais[AUDIT_ISSUERS_MAX];
    size_t count;
};
void audit_issuers_done(struct audit_issuers *issuers); /* accepts a zeroed struct */
OWN_VALUE(struct audit_issuers, audit_issuers_done)

/* Adds a PAI that one of the trusted PAAs has signed (profile, dates, key usage, signature).
 * Borrows. STATUS_REFUSED ISSUER_UNTRUSTED when none of them has. */
MUST_USE status_t audit_issuers_add(struct audit_issuers *issuers, struct span pai,
                                    const struct span *paas, size_t paa_count,
                                    struct problem *problem);

/* A certificate as DER: the announced bytes, TBS, serial and key; the vendor of the product; every
 * rule of the DAC profile against its PAI; the PAI's signature. STATUS_REFUSED; reasons
 * CERTIFICATE_OTHER, ISSUER_UNTRUSTED, DAC_…; the field names the entry that announced it. */
MUST_USE status_t audit_certificate_check(struct audit_issuers *issuers,
                                          const struct audit_certificate *announced,
                                          struct span der, struct problem *problem);

#endif

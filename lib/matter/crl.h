/* The revocation list of a PAI: build and lint it (SPEC.md, "Revocation list"). */
#ifndef MINTMARK_LIB_MATTER_CRL_H
#define MINTMARK_LIB_MATTER_CRL_H

#include "lib/pki/certificate.h"
#include "lib/pki/crl.h"

enum {
    MATTER_CRL_PERIOD_MAX = 366 * 86400, /* seconds from thisUpdate to nextUpdate */
    MATTER_CRL_HEAD_MAX = 1024,          /* of a TBS, everything but its entries */
    MATTER_CRL_ENTRY_MAX = 56,           /* octets of one entry */
    MATTER_CRL_ENTRIES_MAX = (PKI_CRL_MAX - MATTER_CRL_HEAD_MAX) / MATTER_CRL_ENTRY_MAX,
};

/* What a new list says. */
struct matter_crl {
    const struct pki_certificate *pai; /* issuer; its subject is copied bytewise */
    uint32_t number;                   /* 1.. */
    int64_t this_update;
    int64_t next_update;
    /* Ascending by serial, each once: MATTER_CRL_ENTRIES_MAX at most. `others` is not looked at. */
    const struct pki_crl_entry *entries;
    size_t entry_count;
};

/* Appends the TBS. It has not been linted. STATUS_TOO_LARGE CRL_ENTRIES. */
MUST_USE status_t matter_crl_tbs(const struct matter_crl *crl, struct buf *ret_tbs,
                                 struct problem *problem);

/* Every rule of SPEC.md on a TBS or a whole list, against its PAI. The problem's reason names the
 * rule (e.g. CRL_ISSUER). */
MUST_USE status_t matter_crl_lint(const struct pki_crl *crl, const struct pki_certificate *pai,
                                  struct problem *problem);

/* The number of a list that passed the lint. */
uint32_t matter_crl_number(const struct pki_crl *crl);

/* May a person give this reason? Not certificateHold and removeFromCRL: a revocation is final. */
bool matter_crl_reason_allowed(enum pki_crl_reason reason);

#endif

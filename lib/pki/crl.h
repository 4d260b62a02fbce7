/* An X.509 v2 certificate revocation list (RFC 5280 §5) as bytes and the places of its parts;
 * strict DER. */
#ifndef MINTMARK_LIB_PKI_CRL_H
#define MINTMARK_LIB_PKI_CRL_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    PKI_CRL_MAX = 3 * 1024 * 1024, /* some 64,000 entries; fits a gRPC answer of 4 MiB */
    PKI_CRL_NUMBER_MAX = 20,       /* octets (RFC 5280 §5.2.3) */
};

/* CRLReason (RFC 5280 §5.3.1), those a certificate of a device can have. */
enum pki_crl_reason {
    PKI_CRL_UNSPECIFIED = 0, /* never encoded: the extension is left out */
    PKI_CRL_KEY_COMPROMISE = 1,
    PKI_CRL_AFFILIATION_CHANGED = 3,
    PKI_CRL_SUPERSEDED = 4,
    PKI_CRL_CESSATION_OF_OPERATION = 5,
    PKI_CRL_CERTIFICATE_HOLD = 6,
    PKI_CRL_REMOVE_FROM_CRL = 8,
    PKI_CRL_PRIVILEGE_WITHDRAWN = 9,
};

/* All spans borrow from the bytes parsed. Spans "as DER" include their tag and length. */
struct pki_crl {
    struct span der;           /* the whole; empty when only a TBS was parsed */
    struct span tbs;           /* as DER */
    int version;               /* 1 or 2 */
    struct span tbs_algorithm; /* AlgorithmIdentifier as DER */
    struct span issuer;        /* Name as DER */
    int64_t this_update;       /* Unix time */
    int64_t next_update;       /* Unix time; -1 when absent */
    struct span entries;       /* for pki_crl_next */
    size_t entry_count;
    struct span authority_key_id; /* keyIdentifier; empty when absent */
    bool authority_key_id_only;   /* no authorityCertIssuer, no serial number */
    struct span number;           /* INTEGER content; empty when absent */
    size_t extension_count;
    bool critical;                   /* an extension is marked critical */
    struct span signature_algorithm; /* as DER */
    struct span signature;           /* BIT STRING content */
};

struct pki_crl_entry {
    struct span serial; /* INTEGER content */
    int64_t time;       /* Unix time of the revocation */
    enum pki_crl_reason reason;
    bool others; /* it has entry extensions besides the reason */
};

/* Exactly one CRL, no trailing bytes, every entry read. STATUS_MALFORMED names the place. */
MUST_USE status_t pki_crl_parse(struct span der, struct pki_crl *ret_crl, struct problem *problem);
/* Exactly one TBSCertList; der, signature_algorithm and signature stay empty. */
MUST_USE status_t pki_crl_parse_tbs(struct span tbs, struct pki_crl *ret_crl,
                                    struct problem *problem);

/* Takes the first of *entries, which come from a parsed CRL; STATUS_NOT_FOUND behind the last. */
MUST_USE status_t pki_crl_next(struct span *entries, struct pki_crl_entry *ret_entry);

/* Appends one entry; `serial` is INTEGER content. Dates as pki_der_put_time. */
MUST_USE status_t pki_crl_put_entry(struct buf *buf, const struct pki_crl_entry *entry);

/* TBS + signature → CRL; the outer algorithm is the TBS's own. Appends DER. */
MUST_USE status_t pki_crl_assemble(struct span tbs, struct span signature, struct buf *ret_der);

/* STATUS_REFUSED unless `crl` is signed by the P-256 key `public_key` (65 bytes). */
MUST_USE status_t pki_crl_verify(const struct pki_crl *crl, struct span public_key,
                                 struct problem *problem);

#endif

/* An X.509 certificate as bytes and the places of its parts; strict DER. */
#ifndef MINTMARK_LIB_PKI_CERTIFICATE_H
#define MINTMARK_LIB_PKI_CERTIFICATE_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    PKI_CERTIFICATE_MAX = 10240, /* hard limit of the SDK for post-quantum chains */
    PKI_EXTENSIONS_MAX = 16,
    PKI_SERIAL_MAX = 20,
};

struct pki_extension {
    struct span oid; /* content octets */
    bool critical;
    struct span value; /* inside the OCTET STRING */
};

/* All spans borrow from the bytes parsed. Spans "as DER" include their tag and length. */
struct pki_certificate {
    struct span der;           /* the whole; empty when only a TBS was parsed */
    struct span tbs;           /* as DER */
    int version;               /* 1..3 */
    struct span serial;        /* INTEGER content */
    struct span tbs_algorithm; /* AlgorithmIdentifier as DER */
    struct span issuer;        /* Name as DER */
    struct span subject;       /* Name as DER */
    int64_t not_before;        /* Unix time */
    int64_t not_after;         /* Unix time; 253402300799 for 99991231235959Z */
    struct span spki;          /* as DER */
    struct span public_key;    /* BIT STRING content: 65 bytes for P-256 */
    struct pki_extension extensions[PKI_EXTENSIONS_MAX];
    size_t extension_count;
    struct span subject_key_id;      /* empty when absent */
    struct span authority_key_id;    /* keyIdentifier only; empty when absent */
    struct span signature_algorithm; /* as DER */
    struct span signature;           /* BIT STRING content */
};

/* Exactly one certificate, no trailing bytes. STATUS_MALFORMED names the place. */
MUST_USE status_t pki_certificate_parse(struct span der, struct pki_certificate *ret_certificate,
                                        struct problem *problem);
/* Exactly one TBSCertificate; der, signature_algorithm and signature stay empty. */
MUST_USE status_t pki_certificate_parse_tbs(struct span tbs,
                                            struct pki_certificate *ret_certificate,
                                            struct problem *problem);
/* TBS + signature → certificate; the outer algorithm is the TBS's own. Appends DER. */
MUST_USE status_t pki_certificate_assemble(struct span tbs, struct span signature,
                                           struct buf *ret_der);
/* STATUS_REFUSED unless `certificate` is signed by the P-256 key `public_key` (65 bytes). */
MUST_USE status_t pki_certificate_verify(const struct pki_certificate *certificate,
                                         struct span public_key, struct problem *problem);

enum { PKI_CERTIFICATE_NAME_SIZE = 16 };

/* Names a certificate of whatever issuer, as its serial number does among those of one: the first
 * bytes of SHA-256(authority key id ‖ serial number). */
MUST_USE status_t pki_certificate_name(const struct pki_certificate *certificate,
                                       uint8_t ret_name[static PKI_CERTIFICATE_NAME_SIZE]);

#endif

/* Certificates of clients of the service, and of the CA that signs them (SPEC.md, "Client
 * certificates"). A station's key is made at the station; an operator's signed change says which
 * identity it gets. */
#ifndef MINTMARK_LIB_PKI_IDENTITY_CERTIFICATE_H
#define MINTMARK_LIB_PKI_IDENTITY_CERTIFICATE_H

#include "lib/pki/certificate.h"
#include "lib/pki/spiffe.h"

enum {
    PKI_IDENTITY_SERIAL_SIZE = 16,
    PKI_IDENTITY_NAME_MAX = 64,  /* CN: X.520's upper bound */
    PKI_IDENTITY_DAYS_MAX = 825, /* of a client's certificate: an enrolment is looked at again */
};

struct pki_identity_certificate {
    uint8_t serial[PKI_IDENTITY_SERIAL_SIZE]; /* shaped by the builder: top bit clear, next set */
    const char *common_name;                  /* 1..64 printable ASCII characters */
    const char *uri; /* SPIFFE id, the only subject alternative name; NULL: the CA itself */
    int64_t not_before;
    int64_t not_after;
    struct span public_key;               /* 65 bytes */
    const struct pki_certificate *issuer; /* NULL for the CA itself */
};

/* Appends the TBS. STATUS_INVALID, reason CERTIFICATE_VALUE. */
MUST_USE status_t pki_identity_certificate_tbs(const struct pki_identity_certificate *certificate,
                                               struct buf *ret_tbs, struct problem *problem);

/* A client's TBS, exactly as the builder makes it: built again from what it says it must be the
 * same bytes. Also: its id begins with `prefix` ("spiffe://acme/station/"), its dates lie inside
 * the CA's and not more than PKI_IDENTITY_DAYS_MAX apart, its key is on the curve. STATUS_REFUSED;
 * reasons IDENTITY_PROFILE, IDENTITY_NAME, IDENTITY_DATES. */
MUST_USE status_t pki_identity_certificate_lint(struct span tbs, const struct pki_certificate *ca,
                                                const char *prefix, struct problem *problem);

/* A CA's certificate, exactly as the builder makes it and signed by its own key. STATUS_REFUSED,
 * reason IDENTITY_CA. */
MUST_USE status_t pki_identity_certificate_check_ca(const struct pki_certificate *ca,
                                                    struct problem *problem);

#endif

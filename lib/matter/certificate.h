/* The Matter certificate profile: build PAA, PAI and DAC, and lint them (SPEC.md). */
#ifndef MINTMARK_LIB_MATTER_CERTIFICATE_H
#define MINTMARK_LIB_MATTER_CERTIFICATE_H

#include "lib/base/buf.h"
#include "lib/base/signer.h"
#include "lib/pki/certificate.h"

enum { MATTER_CERTIFICATE_MAX = 600, MATTER_COMMON_NAME_MAX = 64, MATTER_SERIAL_SIZE = 16 };
#define MATTER_NO_EXPIRY 253402300799 /* 99991231235959Z */

enum matter_kind { MATTER_PAA, MATTER_PAI, MATTER_DAC };

/* VID and PID of a name; -1 when absent. Read from the OIDs, or from the CN fallback. */
struct matter_ids {
    int32_t vendor_id;
    int32_t product_id;
};
MUST_USE status_t matter_certificate_ids(struct span name, struct matter_ids *ret_ids,
                                         struct problem *problem);

/* What a new certificate says. */
struct matter_certificate {
    enum matter_kind kind;
    uint8_t
        serial[MATTER_SERIAL_SIZE]; /* shaped by the builder: top bit clear, first octet not 0 */
    const char *common_name;        /* 1..64 characters */
    int32_t vendor_id;              /* -1: none (PAA only) */
    int32_t product_id;             /* -1: none; a DAC has one */
    int64_t not_before;
    int64_t not_after;
    struct span public_key; /* 65 bytes */
    const struct pki_certificate
        *issuer; /* NULL: self-signed (PAA). Its subject is copied bytewise */
};

/* Appends the TBS. It has not been linted. */
MUST_USE status_t matter_certificate_tbs(const struct matter_certificate *certificate,
                                         struct buf *ret_tbs, struct problem *problem);

/* Subject Name (DER) of a PAI's request: CN, VID, optional PID. Appends. */
MUST_USE status_t matter_certificate_subject(const char *common_name, int32_t vendor_id,
                                             int32_t product_id, struct buf *ret_name);

/* Every rule of SPEC.md for `kind`, on a TBS or a whole certificate (then size too), against its
 * issuer (NULL: self-signed PAA, or issuer unknown for a PAI): names, ids, dates inside the
 * issuer's, key usage, constraints, identifiers, serial shape. The problem's reason names the rule
 * (e.g. DAC_KEY_USAGE). What this service issues passes strictly; what is merely imported (PAA,
 * PAI) is judged by `imported`: the optional extensions of SPEC.md are then accepted. */
MUST_USE status_t matter_certificate_lint(const struct pki_certificate *certificate,
                                          enum matter_kind kind,
                                          const struct pki_certificate *issuer, bool imported,
                                          struct problem *problem);

/* Builds, lints, signs, verifies and assembles: certificate DER. */
MUST_USE status_t matter_certificate_issue(const struct matter_certificate *certificate,
                                           const struct signer *signer, struct buf *ret_der,
                                           struct problem *problem);

/* DAC → PAI → PAA as a commissioner judges it: profile of each, signatures, names bytewise, ids,
 * validity at the DAC's notBefore and at `now`. */
MUST_USE status_t matter_certificate_check_chain(struct span dac, struct span pai, struct span paa,
                                                 int64_t now, struct problem *problem);

/* Is this PAA one of the public test PAAs? (SPEC.md, trap T5) */
bool matter_certificate_is_test_paa(const struct pki_certificate *paa);

#endif

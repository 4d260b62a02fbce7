/* The values of the extensions a profile looks into (RFC 5280 §4.2.1). */
#ifndef MINTMARK_LIB_PKI_EXTENSION_H
#define MINTMARK_LIB_PKI_EXTENSION_H

#include "lib/pki/certificate.h"

/* NULL when the certificate has none. */
const struct pki_extension *pki_extension_find(const struct pki_certificate *certificate,
                                               struct span oid);

struct pki_basic_constraints {
    bool authority;
    int64_t path_length; /* -1: absent */
};
/* STATUS_MALFORMED also for an explicit FALSE (X.690 §11.5). */
MUST_USE status_t pki_extension_basic_constraints(struct span value,
                                                  struct pki_basic_constraints *ret_constraints);

/* KeyUsage bits by their number in RFC 5280 §4.2.1.3. */
enum {
    PKI_USAGE_DIGITAL_SIGNATURE = 1 << 0,
    PKI_USAGE_CERTIFICATE_SIGN = 1 << 5,
    PKI_USAGE_CRL_SIGN = 1 << 6,
};
MUST_USE status_t pki_extension_key_usage(struct span value, uint32_t *ret_bits);

MUST_USE status_t pki_extension_subject_key_id(struct span value, struct span *ret_key_id);

struct pki_authority_key_id {
    struct span key_id; /* empty when absent */
    bool key_id_only;   /* no authorityCertIssuer, no serial number */
};
MUST_USE status_t pki_extension_authority_key_id(struct span value,
                                                 struct pki_authority_key_id *ret_key_id);

#endif

/* The extensions a profile looks into and writes (RFC 5280 §4.2.1, §5.2, §5.3). */
#ifndef MINTMARK_LIB_PKI_EXTENSION_H
#define MINTMARK_LIB_PKI_EXTENSION_H

#include "lib/pki/certificate.h"

/* Takes one Extension off the front of a list of them; STATUS_MALFORMED also for an explicit
 * `critical FALSE` (X.690 §11.5). */
MUST_USE status_t pki_extension_take(struct span *list, struct pki_extension *ret_extension);

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

/* Append one whole Extension, not critical; a failure shows in buf_status. */
void pki_extension_put_subject_key_id(struct buf *buf, struct span key_id);
void pki_extension_put_authority_key_id(struct buf *buf, struct span key_id); /* nothing beside */
void pki_extension_put_crl_number(struct buf *buf, uint32_t number);
void pki_extension_put_crl_reason(struct buf *buf, uint8_t reason);

#endif

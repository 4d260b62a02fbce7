/* Object identifiers (content octets) and the two algorithm identifiers of the Matter profile. */
#ifndef MINTMARK_LIB_PKI_OID_H
#define MINTMARK_LIB_PKI_OID_H

#include "lib/base/buf.h"

extern const struct span pki_oid_common_name;              /* 2.5.4.3 */
extern const struct span pki_oid_subject_key_id;           /* 2.5.29.14 */
extern const struct span pki_oid_key_usage;                /* 2.5.29.15 */
extern const struct span pki_oid_subject_alternative_name; /* 2.5.29.17 */
extern const struct span pki_oid_basic_constraints;        /* 2.5.29.19 */
extern const struct span pki_oid_crl_number;               /* 2.5.29.20 */
extern const struct span pki_oid_crl_reason;               /* 2.5.29.21 */
extern const struct span pki_oid_authority_key_id;         /* 2.5.29.35 */
extern const struct span pki_oid_extended_key_usage;       /* 2.5.29.37 */
extern const struct span pki_oid_ec_public_key;            /* 1.2.840.10045.2.1 (RFC 5480) */
extern const struct span pki_oid_p256;                     /* 1.2.840.10045.3.1.7 */
extern const struct span pki_oid_signed_data;              /* 1.2.840.113549.1.7.2 (RFC 5652) */
extern const struct span pki_oid_data;                     /* 1.2.840.113549.1.7.1 (RFC 5652) */

/* AlgorithmIdentifiers as DER, without parameters (RFC 5758 §3.2, RFC 5754 §2). */
extern const struct span pki_oid_algorithm_ecdsa_sha256;
extern const struct span pki_oid_algorithm_sha256;

#endif

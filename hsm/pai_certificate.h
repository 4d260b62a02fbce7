/* What a PAI certificate must be before its key may sign DACs. */
#ifndef MINTMARK_HSM_PAI_CERTIFICATE_H
#define MINTMARK_HSM_PAI_CERTIFICATE_H

#include "lib/pki/certificate.h"

/* Parses DER and holds it against the PAI profile; `issuer` is the PAA, or NULL when it is not at
 * hand. Without cRLSign the reason is PAI_NO_CRL_SIGN: such a PAI can never revoke what it signs
 * (Matter Core Specification §6.2.2.4). Borrows `der`. */
MUST_USE status_t hsm_pai_certificate_check(struct span der, const struct pki_certificate *issuer,
                                            const char *field,
                                            struct pki_certificate *ret_certificate,
                                            int32_t *ret_vendor_id, int32_t *ret_product_id,
                                            struct problem *problem);

/* One of the vendor ids FFF1..FFF4, which are for tests. */
bool hsm_pai_certificate_is_test(int32_t vendor_id);

#endif

/* Who a certificate names: its SPIFFE id (SPIFFE-ID §2, X509-SVID §2). */
#ifndef MINTMARK_LIB_PKI_SPIFFE_H
#define MINTMARK_LIB_PKI_SPIFFE_H

#include "lib/pki/certificate.h"

enum { PKI_SPIFFE_MAX = 255 }; /* the standard's 2048 is for names that nobody types */

/* spiffe://<trust domain>/<segments of [a-zA-Z0-9._-]>. STATUS_UNAUTHENTICATED otherwise. */
MUST_USE status_t pki_spiffe_check(struct span uri, const char *trust_domain,
                                   struct problem *problem);

/* "/segment/segment": no empty segment, none that is "." or ".." (SPIFFE-ID §2.2). */
bool pki_spiffe_is_path(struct span path);

/* The only URI among the subject's alternative names, whatever else there is; borrows.
 * STATUS_NOT_FOUND: none; STATUS_MALFORMED: several, or not DER. */
MUST_USE status_t pki_spiffe_of(const struct pki_certificate *certificate, struct span *ret_uri);

/* Whether people mean this id by `name`: the whole id, its path ("operator/op-1"), or a name
 * without '/', which stands for the path "ROLE/NAME". */
bool pki_spiffe_is_named(const char *id, const char *role, const char *name);

#endif

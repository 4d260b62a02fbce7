/* An identity to enrol, as a message or a certificate → the plain identity of the store. */
#ifndef MINTMARK_SERVER_RPC_IDENTITY_H
#define MINTMARK_SERVER_RPC_IDENTITY_H

#include "mintmark/v1/administration.pb-c.h"
#include "server/store/store.h"

/* Checks everything a message alone can tell: id, role, line, and the certificate against the id,
 * or the request. enrolled_ms is now_ms; not_after is 0 with a request. */
MUST_USE status_t rpc_identity_read(const Mintmark__V1__IdentitySpec *message,
                                    const char *trust_domain, int64_t now_ms,
                                    struct store_identity *ret_identity, struct problem *problem);

/* The identity that a certificate (DER) names, in this role; its key is pinned. */
MUST_USE status_t rpc_identity_of(struct span certificate, int role, const char *trust_domain,
                                  int64_t now_ms, struct store_identity *ret_identity,
                                  struct problem *problem);

#endif

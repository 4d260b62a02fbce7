/* The revocation list of each PAI: made, signed and kept exactly as a unit is (issue.h): number and
 * TBS are durable before the signature, and a call that died is finished by the next one with the
 * same bytes. */
#ifndef MINTMARK_SERVER_ISSUE_CRL_H
#define MINTMARK_SERVER_ISSUE_CRL_H

#include "server/issue/issue.h"
#include "server/store/revocation.h"

enum {
    ISSUE_CRL_PERIOD_S = 14 * 86400, /* thisUpdate to nextUpdate: a server away for a week leaves
                                        no PAI without a valid list */
    ISSUE_CRL_RENEW_S = 7 * 86400,   /* before nextUpdate, a new list is made */
};

/* What verifiers find a list by (lib/matter/SPEC.md): SHA-256 of the issuer's name as it stands in
 * the certificate, and of the authority key id. The configuration's name for a PAI may change. */
void issue_crl_issuer(const struct unit_pai *pai, uint8_t ret_issuer[static STORE_ISSUER_SIZE]);
/* The configured PAI that is the issuer of this TBSCertificate; NULL when there is none. */
const struct unit_pai *issue_crl_issuer_of(const struct issue_environment *environment,
                                           struct span tbs);

/* The PAI's list (DER), appended: the newest one if it holds every revocation and is not due, else
 * a new one. The PAI's first list is made by this call. */
MUST_USE status_t issue_crl(const struct issue_environment *environment, const struct unit_pai *pai,
                            struct buf *ret_der, struct problem *problem);

/* A job of upkeep: every PAI that has a list, or revocations, gets a list that is not due. */
MUST_USE status_t issue_crl_upkeep(const struct issue_environment *environment, bool *more,
                                   struct problem *problem);

#endif

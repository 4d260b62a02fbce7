/* Certificates of stations, made of their requests by the identity CA: as with a unit (issue.h) the
 * TBS is durable with the enrolment before anything is signed, and what died in between is finished
 * later with the same bytes. */
#ifndef MINTMARK_SERVER_ISSUE_CERTIFY_H
#define MINTMARK_SERVER_ISSUE_CERTIFY_H

#include "server/issue/issue.h"

enum {
    ISSUE_CERTIFY_BACK_S = 5 * 60, /* notBefore lies so far back: clocks differ */
};

/* Until when a certificate made at now_ms is valid. STATUS_REFUSED: IDENTITY_CA_NONE,
 * IDENTITY_CA_EXPIRED. */
MUST_USE status_t issue_certify_until(const struct issue_environment *environment, int64_t now_ms,
                                      int64_t *ret_not_after, struct problem *problem);

/* The TBS for the identity's pinned key, valid from its enrolment until its not_after; appended.
 * It is one that the signer will sign: `prefix` is what stations' ids begin with. STATUS_REFUSED.
 */
MUST_USE status_t issue_certify_tbs(const struct issue_environment *environment,
                                    const struct store_identity *identity, const char *prefix,
                                    struct buf *ret_tbs, struct problem *problem);

/* A job of upkeep: signs and records what is still to be made, each whatever becomes of the others;
 * returns the first failure. What was to be made by another identity CA is told once, as
 * IDENTITY_CA_OTHER, and not made any more. */
MUST_USE status_t issue_certify_upkeep(const struct issue_environment *environment, bool *more,
                                       struct problem *problem);

#endif

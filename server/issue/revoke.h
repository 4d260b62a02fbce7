/* Revoking identities: which units a revocation means, and the act itself. A revocation is final.
 */
#ifndef MINTMARK_SERVER_ISSUE_REVOKE_H
#define MINTMARK_SERVER_ISSUE_REVOKE_H

#include "server/issue/issue.h"
#include "server/store/revocation.h"

enum {
    ISSUE_REVOKE_MAX = 10000, /* units of one change: what one transaction can write while stations
                                 wait for it; more are several changes, by time */
};

/* The units that a selection means now. */
struct issue_revocation {
    struct issue_revocable {
        struct store_revocable unit;
        const struct unit_pai *pai; /* its issuer */
    } * units;                      /* ascending by serial */
    size_t count;
    size_t room;
    uint8_t sha256[32]; /* over their serials in this order: names exactly these units */
};
void issue_revocation_done(struct issue_revocation *revocation); /* accepts a zeroed struct */
OWN_VALUE(struct issue_revocation, issue_revocation_done)

/* Refusals:
 *   STATUS_TOO_LARGE  REVOKE_TOO_MANY  more than ISSUE_REVOKE_MAX; CRL_FULL: than a list can hold
 *   STATUS_REFUSED    PAI_UNKNOWN      a unit's issuer is no PAI of the configuration */
MUST_USE status_t issue_revoke_select(const struct issue_environment *environment,
                                      const struct store_selection *selection,
                                      struct issue_revocation *ret_revocation,
                                      struct problem *problem);

/* Inside a transaction: revokes them, each with its leaf. STATUS_ABORTED when one was revoked
 * meanwhile. `reason`: RFC 5280 §5.3.1; `change_id`: what people agreed to. */
MUST_USE status_t issue_revoke(const struct issue_environment *environment,
                               const struct issue_revocation *revocation, int reason,
                               int64_t now_ms, const uint8_t change_id[static STORE_DIGEST_SIZE],
                               struct problem *problem);

#endif

/* What an approver checks without trusting the server. */
#ifndef MINTMARK_CLIENT_ADMIN_CHANGE_CHECK_H
#define MINTMARK_CLIENT_ADMIN_CHANGE_CHECK_H

#include "lib/approval/statement.h"
#include "mintmark/v1/administration.pb-c.h"

/* That the change is what its proposal says: id, kind, subject, origin, and digest of the content,
 * all recomputed here. STATUS_DATA_LOSS, reason CHANGE_MISMATCH, names what is not. */
MUST_USE status_t change_check_proposal(const Mintmark__V1__Change *change,
                                        struct approval_statement *ret_proposal,
                                        struct problem *problem);

#endif

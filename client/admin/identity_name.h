/* SPIFFE ids as people say them: "line1-03", "station/line1-03", or whole. */
#ifndef MINTMARK_CLIENT_ADMIN_IDENTITY_NAME_H
#define MINTMARK_CLIENT_ADMIN_IDENTITY_NAME_H

#include "client/admin/command.h"
#include "client/admin/pages.h"

enum { IDENTITY_ID_MAX = 256 };

/* The id of a new identity: spiffe://DOMAIN/ROLE/NAME with the caller's own domain, unless `name`
 * is whole. */
MUST_USE status_t identity_name_make(struct admin_command *command, const char *role,
                                     const char *name, char ret_id[static IDENTITY_ID_MAX]);

/* ListIdentities. */
extern const struct admin_pages identity_name_pages;

/* The known identity that `name` means; `*ret_blocked` tells whether it is blocked, and ret_spec,
 * where not NULL, gets its packed IdentitySpec. STATUS_NOT_FOUND; STATUS_REFUSED when several are
 * called so. */
MUST_USE status_t identity_name_find(struct admin_command *command, const char *name,
                                     char ret_id[static IDENTITY_ID_MAX], bool *ret_blocked,
                                     struct buf *ret_spec);

#endif

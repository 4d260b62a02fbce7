/* Step 3 (draw): everything random of one unit, once; all after it is a function of it. */
#ifndef MINTMARK_SERVER_ISSUE_DRAW_H
#define MINTMARK_SERVER_ISSUE_DRAW_H

#include "lib/unit/draw.h"
#include "server/issue/issue.h"

/* The random number generator of the process. */
extern const struct unit_random ISSUE_RANDOM;

/* Fills unit's record id, serials, public key and, for an image unit, ret_secrets. For a CSR unit
 * the public key comes from the checked request. `unit` is named: a serial number that counts takes
 * its number from the store. What is supplied is taken instead of drawn; NULL: nothing. */
MUST_USE status_t issue_draw(const struct issue_environment *environment,
                             const struct unit_product *product,
                             const struct issue_request *request,
                             const struct unit_supplied *supplied, struct store_unit *unit,
                             struct secret *ret_secrets, struct problem *problem);

#endif

/* Step 3 (draw): everything random of one unit, once; all after it is a function of it. */
#ifndef MINTMARK_SERVER_ISSUE_DRAW_H
#define MINTMARK_SERVER_ISSUE_DRAW_H

#include "lib/unit/draw.h"
#include "server/issue/issue.h"

/* The random number generator of the process. */
extern const struct unit_random ISSUE_RANDOM;

/* Fills unit's record id, serials, public key and, for an image unit, ret_secrets. For a CSR unit
 * the public key comes from the checked request. */
MUST_USE status_t issue_draw(const struct unit_product *product,
                             const struct issue_request *request, int64_t now_ms,
                             struct store_unit *unit, struct secret *ret_secrets,
                             struct problem *problem);

#endif

/* A unit's onboarding codes, read for its label. */
#ifndef MINTMARK_SERVER_ISSUE_CODES_H
#define MINTMARK_SERVER_ISSUE_CODES_H

#include "server/issue/issue.h"

struct issue_codes_request {
    const char *identity;
    const char *line;          /* the reader's; "": units of every line */
    const char *unit_id;       /* "": named by the serial number */
    const char *serial_number; /* "": named by the unit id */
    const char *purpose;       /* for the log */
};

/* Fills unit, product and the two codes of a zeroed result; both codes are empty for a product with
 * a dynamic passcode. The read is on record before it returns. Refused for what is not a good
 * device (NOT_ISSUED, SCRAPPED, REVOKED), and when the codes are erased. */
MUST_USE status_t issue_codes(const struct issue_environment *environment,
                              const struct issue_codes_request *request,
                              struct issue_result *ret_result, struct problem *problem);

#endif

/* What the service runs on, put on record when it starts: its version and configuration, the token
 * and each key it serves, with the attributes by which an auditor judges it. */
#ifndef MINTMARK_SERVER_ISSUE_START_H
#define MINTMARK_SERVER_ISSUE_START_H

#include "lib/base/digest.h"
#include "server/issue/issue.h"

enum { ISSUE_START_KEYS_MAX = 128 }; /* more than a signer serves */

/* `report` is the signer's (hsm/report.h). STATUS_INTERNAL START_REPORT when it is not as expected;
 * STATUS_INVALID EVENT_VALUE when the token says something that no entry can hold. */
MUST_USE status_t issue_start(const struct issue_environment *environment, struct span report,
                              const char *version, const uint8_t config_sha256[static SHA256_SIZE],
                              struct problem *problem);

#endif

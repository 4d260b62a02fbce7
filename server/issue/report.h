/* What a station says became of a unit: flashed, a failed attempt, scrapped. */
#ifndef MINTMARK_SERVER_ISSUE_REPORT_H
#define MINTMARK_SERVER_ISSUE_REPORT_H

#include "server/issue/issue.h"

struct issue_report {
    const char *identity; /* of the reporting station */
    const char *line;     /* its line, "" when it has none */
    const char *order;
    const char *unit_id;
    const char *hardware_id; /* "": not known; bound to the unit when it first arrives here */
    struct span record_id;
    enum store_outcome outcome;
    const struct span *digests; /* SHA-256 of each image as it was verified, in manifest order */
    size_t digest_count;        /* with STORE_OUTCOME_FLASHED, else 0 */
    const char *slot;
    const char *phase; /* these two only with STORE_OUTCOME_ATTEMPT_FAILED */
    const char *code;
    const char *attempt_id;
};

/* Takes it when it is about an issued unit of this station or its line; a repeat changes nothing
 * and is answered as the first. The clock does not matter: what is done is done. */
MUST_USE status_t issue_report(const struct issue_environment *environment,
                               const struct issue_report *report,
                               struct store_reported *ret_reported, struct problem *problem);

#endif

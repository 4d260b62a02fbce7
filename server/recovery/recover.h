/* mintmarkd --recover: a restored store goes on under a new origin (SPEC.md §2). */
#ifndef MINTMARK_SERVER_RECOVERY_RECOVER_H
#define MINTMARK_SERVER_RECOVERY_RECOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "mintmark/v1/config.pb-c.h"

enum {
    RECOVER_STATEMENTS = 2,
    RECOVER_JOURNALS_MAX = 256, /* folders named on the command line */
};

struct recover_options {
    const char *plan;
    const char *highwater; /* a signed checkpoint; NULL: the state directory's highwater */
    const char *statements[RECOVER_STATEMENTS];
    size_t statement_count;
    const char *journals[RECOVER_JOURNALS_MAX];
    size_t journal_count;
    bool json;
};

/* Without statements writes the plan, which two operators look at and sign; with both does what it
 * says. Returns the exit code. */
int recover_main(const Mintmark__V1__Config *config, const struct recover_options *options);

#endif

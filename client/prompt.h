/* A person's yes before something changes. */
#ifndef MINTMARK_CLIENT_PROMPT_H
#define MINTMARK_CLIENT_PROMPT_H

#include "lib/base/buf.h"

/* Asks "QUESTION [y/N] " on standard error and reads one line of standard input. STATUS_OK after y
 * or yes, STATUS_REFUSED after anything else, STATUS_USAGE when standard input is no terminal. */
MUST_USE status_t prompt_confirm(const char *question, struct problem *problem);

#endif

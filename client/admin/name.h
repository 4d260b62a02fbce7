/* Names with a revision: "a19-lamp@2". */
#ifndef MINTMARK_CLIENT_ADMIN_NAME_H
#define MINTMARK_CLIENT_ADMIN_NAME_H

#include <stdint.h>

#include "lib/base/status.h"

enum { NAME_MAX_SIZE = 160 };

/* Splits at the last '@'; revision 0 without one. STATUS_USAGE for an empty or over-long name, or a
 * revision that is no number from 1. */
MUST_USE status_t name_split(const char *field, const char *text,
                             char ret_name[static NAME_MAX_SIZE], uint32_t *ret_revision,
                             struct problem *problem);

#endif

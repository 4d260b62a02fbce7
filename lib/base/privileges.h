/* A process that needs none of root's powers gives them up. */
#ifndef MINTMARK_LIB_BASE_PRIVILEGES_H
#define MINTMARK_LIB_BASE_PRIVILEGES_H

#include "lib/base/status.h"

/* Drops every capability and the way back to them (no_new_privs). Root is then an owner like any
 * other: permission bits hold for it too. That matters for SoftHSM, whose login rewrites a token
 * that is not read-only, and a kill in that moment destroys it. */
MUST_USE status_t privileges_drop(void);

#endif

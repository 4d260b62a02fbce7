/* Names inside the state directory that more than one part of the server uses. */
#ifndef MINTMARK_SERVER_PATHS_H
#define MINTMARK_SERVER_PATHS_H

#include <limits.h>

#include "lib/base/status.h"
#include "mintmark/v1/config.pb-c.h"

#define PATHS_DATABASE "mintmark.db"  /* see server/store */
#define PATHS_TOKEN_LOCK "token.lock" /* one process starts on the token at a time */
#define PATHS_PIN_LATCH "pin.latch"   /* no login while it stands, see hsm/SPEC.md */
#define PATHS_HIGHWATER "highwater"   /* the log's last signed checkpoint; no part of a backup */
#define PATHS_SERVER_LOCK "mintmarkd.lock" /* one server per state directory */
#define PATHS_SERVER_PID "mintmarkd.pid"

/* STATUS_TOO_LARGE when the path does not fit. */
MUST_USE status_t paths_in_state(const Mintmark__V1__Config *config, const char *name,
                                 char ret_path[static PATH_MAX]);

#endif

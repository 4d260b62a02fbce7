/* A moment as people write it on a command line (RFC 3339 §5.6). */
#ifndef MINTMARK_CLIENT_RFC3339_H
#define MINTMARK_CLIENT_RFC3339_H

#include <stdint.h>

#include "lib/base/status.h"

/* "2026-11-22T08:00:00Z" or with an offset "+08:00"; whole seconds, no leap second. */
MUST_USE status_t rfc3339_read(const char *text, int64_t *ret_time);

#endif

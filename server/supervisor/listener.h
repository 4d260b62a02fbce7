/* A listening socket, opened once by the supervisor: it outlives every front. */
#ifndef MINTMARK_SERVER_SUPERVISOR_LISTENER_H
#define MINTMARK_SERVER_SUPERVISOR_LISTENER_H

#include "lib/base/status.h"

/* `address` as in the configuration. Non-blocking, close-on-exec; the caller closes it. */
MUST_USE status_t listener_open(const char *name, const char *address, int *ret_socket,
                                struct problem *problem);

#endif

/* From "host:port" to a connected, non-blocking socket. */
#ifndef MINTMARK_PROTO_WIRE_DIAL_H
#define MINTMARK_PROTO_WIRE_DIAL_H

#include "lib/base/buf.h"

enum { WIRE_DIAL_HOST_MAX = 256, WIRE_DIAL_PORT_MAX = 6 };

struct wire_address {
    char host[WIRE_DIAL_HOST_MAX]; /* without the brackets of "[::1]:8443" */
    char port[WIRE_DIAL_PORT_MAX];
};

/* STATUS_INVALID with field "server" unless it is "host:port" or "[IPv6]:port". */
MUST_USE status_t wire_dial_parse(const char *server, struct wire_address *ret_address,
                                  struct problem *problem);

/* Milliseconds of the monotonic clock. */
uint64_t wire_dial_now_ms(void);

/* Waits for `events` of poll(2) until the deadline (monotonic ms); STATUS_DEADLINE. */
MUST_USE status_t wire_dial_wait(int descriptor, short events, uint64_t deadline_ms);

/* Tries each address of the host until one answers. Name lookup blocks as the system's resolver
 * does; the deadline holds for the rest. STATUS_UNAVAILABLE or STATUS_DEADLINE. */
MUST_USE status_t wire_dial_connect(const struct wire_address *address, uint64_t deadline_ms,
                                    int *ret_descriptor, struct problem *problem);

#endif

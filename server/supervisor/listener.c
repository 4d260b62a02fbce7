#include "server/supervisor/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/address.h"

enum { BACKLOG = 1024 }; /* stations of a hall that come back at once; the kernel may cut it */

static int listen_on(int descriptor, const struct address *address)
{
    const int yes = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) {
        return -1;
    }
    if (address->storage.ss_family == AF_INET6 &&
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0) {
        return -1;
    }
    if (bind(descriptor, (const struct sockaddr *)&address->storage, address->size) != 0) {
        return -1;
    }
    return listen(descriptor, BACKLOG);
}

static const char *remedy(int error)
{
    switch (error) {
    case EADDRINUSE:
        return ": stop what listens there, or choose another port";
    case EADDRNOTAVAIL:
        return ": this host has no such address";
    case EACCES:
        return ": ports below 1024 need CAP_NET_BIND_SERVICE";
    default:
        return "";
    }
}

status_t listener_open(const char *name, const char *address, int *ret_socket,
                       struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%s.address", name);
    struct address parsed;
    if (address_parse(address, &parsed) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "ADDRESS", field, "\"%.80s\" is no address",
                           address);
    }
    int descriptor =
        socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || listen_on(descriptor, &parsed) != 0) {
        int error = errno;
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return problem_say(problem, STATUS_UNAVAILABLE, "LISTEN", field,
                           "cannot listen on %.80s: %s%s", address, strerror(error), remedy(error));
    }
    *ret_socket = descriptor;
    return STATUS_OK;
}

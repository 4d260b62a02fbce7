#include "proto/wire/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static status_t not_an_address(const char *server, struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "SERVER_ADDRESS", "server",
                       "\"%s\" is no server address: write host:port or [IPv6]:port", server);
}

static bool is_port(const char *text)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= WIRE_DIAL_PORT_MAX || text[length] != '\0') {
        return false;
    }
    long port = strtol(text, NULL, 10);
    return port > 0 && port <= 65535;
}

status_t wire_dial_parse(const char *server, struct wire_address *ret_address,
                         struct problem *problem)
{
    const char *host = server;
    const char *end = strrchr(server, ':');
    if (end == NULL || !is_port(end + 1)) {
        return not_an_address(server, problem);
    }
    const char *port = end + 1;
    if (*server == '[') {
        host++;
        if (end - host < 2 || end[-1] != ']') {
            return not_an_address(server, problem);
        }
        end--;
    } else if (memchr(host, ':', (size_t)(end - host)) != NULL) {
        return not_an_address(server, problem); /* IPv6 without brackets is ambiguous */
    }
    size_t length = (size_t)(end - host);
    if (length == 0 || length >= sizeof(ret_address->host)) {
        return not_an_address(server, problem);
    }
    *ret_address = (struct wire_address){0};
    memcpy(ret_address->host, host, length);
    memcpy(ret_address->port, port, strlen(port));
    return STATUS_OK;
}

uint64_t wire_dial_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

status_t wire_dial_wait(int descriptor, short events, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t now = wire_dial_now_ms();
        if (now >= deadline_ms) {
            return STATUS_DEADLINE;
        }
        uint64_t left = deadline_ms - now;
        struct pollfd entry = {.fd = descriptor, .events = events};
        int result = poll(&entry, 1, left > 60000 ? 60000 : (int)left);
        if (result > 0) {
            return STATUS_OK;
        }
        if (result < 0 && errno != EINTR) {
            return STATUS_IO;
        }
    }
}

/* One address. On failure errno says why. */
static status_t connect_one(const struct addrinfo *info, uint64_t deadline_ms, int *ret_descriptor)
{
    int descriptor = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    status_t status = STATUS_OK;
    if (connect(descriptor, info->ai_addr, info->ai_addrlen) != 0) {
        status = errno == EINPROGRESS ? wire_dial_wait(descriptor, POLLOUT, deadline_ms)
                                      : STATUS_UNAVAILABLE;
        int error = errno;
        socklen_t size = sizeof(error);
        if (status == STATUS_OK &&
            (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)) {
            status = STATUS_UNAVAILABLE;
        }
        errno = error;
    }
    if (status != STATUS_OK) {
        int saved = errno;
        (void)close(descriptor);
        errno = saved;
        return status;
    }
    const int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *ret_descriptor = descriptor;
    return STATUS_OK;
}

status_t wire_dial_connect(const struct wire_address *address, uint64_t deadline_ms,
                           int *ret_descriptor, struct problem *problem)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int result = getaddrinfo(address->host, address->port, &hints, &list);
    if (result != 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SERVER_NAME_UNKNOWN", "server",
                           "cannot find the address of %s: %s", address->host,
                           gai_strerror(result));
    }
    status_t status = STATUS_UNAVAILABLE;
    for (const struct addrinfo *info = list; info != NULL && status != STATUS_OK;
         info = info->ai_next) {
        status = connect_one(info, deadline_ms, ret_descriptor);
    }
    int error = errno;
    freeaddrinfo(list);
    if (status == STATUS_DEADLINE) {
        return problem_say(problem, status, "SERVER_SILENT", "server",
                           "no answer from %s port %s: is the address right, the network up?",
                           address->host, address->port);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SERVER_UNREACHABLE", "server",
                           "cannot connect to %s port %s: %s", address->host, address->port,
                           strerror(error));
    }
    return STATUS_OK;
}

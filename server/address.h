/* Addresses of listeners as the configuration writes them. */
#ifndef MINTMARK_SERVER_ADDRESS_H
#define MINTMARK_SERVER_ADDRESS_H

#include <sys/socket.h>

#include "lib/base/status.h"

struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

/* "127.0.0.1:8443" or "[::1]:8443": numeric, so that no name service is asked. STATUS_INVALID. */
MUST_USE status_t address_parse(const char *text, struct address *ret_address);

#endif

#include "server/address.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_MAX = 64, PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > PORT_DIGITS_MAX || text[digits] != '\0' || text[0] == '0') {
        return false;
    }
    return strtoul(text, NULL, 10) <= PORT_MAX;
}

/* The host between brackets, or before the one colon; both parts must be there. */
static bool split(const char *text, char host[static HOST_MAX], const char **ret_port)
{
    bool bracket = text[0] == '[';
    const char *start = bracket ? text + 1 : text;
    const char *end = strchr(start, bracket ? ']' : ':');
    if (end == NULL || end == start || (size_t)(end - start) >= HOST_MAX ||
        (bracket && end[1] != ':')) {
        return false;
    }
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    *ret_port = bracket ? end + 2 : end + 1;
    return bracket == (strchr(host, ':') != NULL) && is_port(*ret_port);
}

status_t address_parse(const char *text, struct address *ret_address)
{
    char host[HOST_MAX];
    const char *port = NULL;
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (!split(text, host, &port) || getaddrinfo(host, port, &hints, &found) != 0) {
        return STATUS_INVALID;
    }
    memset(ret_address, 0, sizeof(*ret_address));
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    ret_address->size = found->ai_addrlen;
    freeaddrinfo(found);
    return STATUS_OK;
}

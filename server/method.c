#include "server/method.h"

#include <string.h>

const char *const LISTENER_NAMES[LISTENER_COUNT] = {
    [LISTENER_STATIONS] = "stations",
    [LISTENER_ADMINISTRATION] = "administration",
};

const struct method_row METHOD_TABLE[] = {
#define METHOD(name, path, listener, role, request_max, time_limit_ms, handler)                    \
    {path, LISTENER_##listener, METHOD_ROLE_##role, request_max, time_limit_ms},
#include "proto/methods.def"
#undef METHOD
};

const struct method_change METHOD_CHANGES[] = {
#define CHANGE(name, kind, method, agreement, content, check, apply)                               \
    {kind, METHOD_##method, METHOD_AGREEMENT_##agreement},
#include "proto/changes.def"
#undef CHANGE
};

enum method method_find(const char *path, size_t path_size)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (path_size > 0 && strlen(METHOD_TABLE[i].path) == path_size &&
            memcmp(METHOD_TABLE[i].path, path, path_size) == 0) {
            return (enum method)i;
        }
    }
    return METHOD_COUNT;
}

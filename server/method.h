/* The methods of proto/methods.def as numbers and a table. */
#ifndef MINTMARK_SERVER_METHOD_H
#define MINTMARK_SERVER_METHOD_H

#include <stddef.h>
#include <stdint.h>

enum method {
#define METHOD(name, path, listener, role, request_max, time_limit_ms, handler) METHOD_##name,
#include "proto/methods.def"
#undef METHOD
    METHOD_COUNT
};

enum listener { LISTENER_STATIONS, LISTENER_ADMINISTRATION, LISTENER_COUNT };

/* "stations", "administration": as in the configuration and behind --child. */
extern const char *const LISTENER_NAMES[LISTENER_COUNT];

/* Sets of roles: a bit for each value of mintmark.v1.Role. */
enum {
    METHOD_ROLE_NOBODY = 0, /* called by the front itself */
    METHOD_ROLE_STATION = 1 << 1,
    METHOD_ROLE_OPERATOR = 1 << 2,
    METHOD_ROLE_AUDITOR = 1 << 3,
    METHOD_ROLE_LABEL = 1 << 4,
    METHOD_ROLE_STATION_OR_LABEL = METHOD_ROLE_STATION | METHOD_ROLE_LABEL,
    METHOD_ROLE_OPERATOR_OR_AUDITOR = METHOD_ROLE_OPERATOR | METHOD_ROLE_AUDITOR,
};

struct method_row {
    const char *path;
    enum listener listener;
    unsigned roles;         /* METHOD_ROLE_… */
    size_t request_max;     /* bytes of the request message */
    uint32_t time_limit_ms; /* the server's own limit, whatever the client asks for */
};

/* METHOD_COUNT rows. */
extern const struct method_row METHOD_TABLE[];

/* Who must agree to a change while the two-person rule is on. */
enum method_agreement {
    METHOD_AGREEMENT_ONE,    /* the operator who proposes it */
    METHOD_AGREEMENT_LIMITS, /* one inside the limits of an approved product, else two */
    METHOD_AGREEMENT_TWO,
};

/* The kinds of changes of proto/changes.def. */
struct method_change {
    const char *kind;
    enum method method; /* by which it is proposed */
    enum method_agreement agreement;
};

enum {
#define CHANGE(name, kind, method, agreement, content, check, apply) METHOD_CHANGE_##name,
#include "proto/changes.def"
#undef CHANGE
    METHOD_CHANGE_COUNT
};

/* METHOD_CHANGE_COUNT rows. */
extern const struct method_change METHOD_CHANGES[];

/* Its number, or METHOD_COUNT; never one without a path. */
enum method method_find(const char *path, size_t path_size);

#endif

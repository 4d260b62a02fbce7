/* mintmarkd --init: the store, made once with its first people. */
#ifndef MINTMARK_SERVER_INIT_H
#define MINTMARK_SERVER_INIT_H

#include "mintmark/v1/config.pb-c.h"

enum {
    INIT_PEOPLE_MAX = 32, /* the rest is enrolled by those */
    INIT_OPERATORS_MIN = 2,
    INIT_AUDITORS_MIN = 1,
};

/* Certificate files (PEM or DER) and the role each is enrolled in. */
struct init_person {
    const char *file;
    Mintmark__V1__Role role;
};

/* Prints what it made. Returns the exit code. */
int init_main(const Mintmark__V1__Config *config, const struct init_person *people, size_t count);

#endif

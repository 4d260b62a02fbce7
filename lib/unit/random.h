/* Where a unit's randomness comes from: this folder has none of its own. */
#ifndef MINTMARK_LIB_UNIT_RANDOM_H
#define MINTMARK_LIB_UNIT_RANDOM_H

#include <stddef.h>

#include "lib/base/status.h"

/* Fills ret_bytes with what nobody can guess. */
struct unit_random {
    void *context;
    status_t (*draw)(void *context, void *ret_bytes, size_t size);
};

#endif

/* The user PIN, read from an open descriptor, and which file it came from. */
#ifndef MINTMARK_HSM_PIN_H
#define MINTMARK_HSM_PIN_H

#include <sys/types.h>

#include "lib/base/secret.h"

enum { HSM_PIN_MAX = 255 };

/* Changes whenever the file is written or replaced; says nothing about the PIN. */
struct hsm_pin_identity {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t modified_s;
    int64_t modified_ns;
    int64_t changed_s;
    int64_t changed_ns;
};

struct hsm_pin {
    struct secret value;
    struct hsm_pin_identity identity;
    const char *path; /* borrowed; for messages */
};

/* Reads a regular file from its start; one newline at its end is not part of the PIN. Does not take
 * the descriptor. `path` is borrowed. Reasons: PIN_FILE, PIN_EMPTY. */
MUST_USE status_t hsm_pin_read(int descriptor, const char *path, struct hsm_pin *ret_pin,
                               struct problem *problem);
/* file_open_secret, then the same. */
MUST_USE status_t hsm_pin_read_file(const char *path, struct hsm_pin *ret_pin,
                                    struct problem *problem);
void hsm_pin_wipe(struct hsm_pin *pin); /* accepts a zeroed struct */
OWN_VALUE(struct hsm_pin, hsm_pin_wipe)

#endif

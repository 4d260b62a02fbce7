/* A unit's folder as `mintmark provision --output` wrote it, read again. */
#ifndef MINTMARK_CLIENT_IMAGE_VERIFY_H
#define MINTMARK_CLIENT_IMAGE_VERIFY_H

#include "client/label_unit.h"
#include "lib/image/factory_data.h"

enum { IMAGE_VERIFY_CHIP_MAX = 16 };

/* All of it as it lies there; only the names and places are manifest.json's word. */
struct image_verify_unit {
    struct image_set set; /* digests are those of the content as read */
    int revision;
    char chip[IMAGE_VERIFY_CHIP_MAX];
    struct buf dac, pai, paa; /* DER */
    struct label_units codes; /* one, without codes when the device makes its passcode */
};

void image_verify_unit_init(struct image_verify_unit *unit);
void image_verify_unit_done(struct image_verify_unit *unit);
OWN_VALUE(struct image_verify_unit, image_verify_unit_done)

/* Reads the folder. `unit` is initialised; the caller ends it, also after a failure.
 * STATUS_DATA_LOSS: a file is missing or cannot be understood; the field or the message names it.
 */
MUST_USE status_t image_verify_unit_read(const char *folder, struct image_verify_unit *unit,
                                         struct problem *problem);

/* `name` in the folder is not what was written. */
MUST_USE status_t image_verify_unit_damaged(const char *reason, const char *name, const char *what,
                                            struct problem *problem);

#endif

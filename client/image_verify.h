/* A unit's folder as `mintmark provision --output` wrote it, read again. */
#ifndef MINTMARK_CLIENT_IMAGE_VERIFY_H
#define MINTMARK_CLIENT_IMAGE_VERIFY_H

#include "client/label_unit.h"
#include "client/trust.h"
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

struct image_verify_verdict {
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count;
};

/* Every check of a station. On failure the problem's field is the file. */
MUST_USE status_t image_verify_unit_check(const struct image_verify_unit *unit,
                                          const struct trust *trust,
                                          struct image_verify_verdict *ret_verdict,
                                          struct problem *problem);

/* Whether the folder is one of `image build` for many units. */
bool image_verify_is_batch(const char *folder);

/* Checks each of its units, and tells on standard output. *ret_exit_code: 0, or that of the first
 * unit that is not whole. */
MUST_USE status_t image_verify_batch(const char *folder, const struct trust *trust, bool json,
                                     int *ret_exit_code, struct problem *problem);

/* `name` in the folder is not what was written. */
MUST_USE status_t image_verify_unit_damaged(const char *reason, const char *name, const char *what,
                                            struct problem *problem);

#endif

/* The lists beside the units of a batch. None but secrets.csv says anything that is not on the
 * device's certificate or label outside:
 *
 *   batch.json, batch.csv  each unit: folder, serial number, DAC, digests
 *   dacs.csv               the DACs, for a cloud that is to know them: the columns CN and certs are
 *                          those of esp-matter-mfg-tool's cn_dacs file
 *   secrets.csv            each unit's onboarding codes and what is in them */
#ifndef MINTMARK_CLIENT_IMAGE_BUILD_LISTS_H
#define MINTMARK_CLIENT_IMAGE_BUILD_LISTS_H

#include "client/image_build.h"

enum {
    IMAGE_BUILD_LIST_MAX = 2048 * IMAGE_BUILD_UNITS_MAX, /* bytes; a unit has about 1000 in each */
    IMAGE_BUILD_BATCH_SCHEMA = 1,                        /* of batch.json */
};

struct image_build_lists {
    struct buf json, csv, dacs, secrets;
};

void image_build_lists_init(struct image_build_lists *lists,
                            const struct image_build_inputs *inputs);
void image_build_lists_done(struct image_build_lists *lists);
OWN_VALUE(struct image_build_lists, image_build_lists_done)

/* A unit's place in the batch. */
struct image_build_place {
    uint32_t number;         /* counted from 1 */
    const char *folder;      /* inside the batch's */
    const char *hardware_id; /* "": not known */
};

/* Appends the unit. */
MUST_USE status_t image_build_lists_add(struct image_build_lists *lists,
                                        const struct image_build_place *place,
                                        const struct image_build_unit *unit,
                                        struct problem *problem);

/* Into the batch's folder, 0600 each; batch.json comes last: a folder that has it is whole. */
MUST_USE status_t image_build_lists_write(struct image_build_lists *lists, const char *folder,
                                          struct problem *problem);

#endif

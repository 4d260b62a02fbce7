/* A unit's folder: what esptool, label printers and `mintmark image verify` read. */
#ifndef MINTMARK_CLIENT_UNIT_FOLDER_H
#define MINTMARK_CLIENT_UNIT_FOLDER_H

#include "lib/image/factory_data.h"

#define UNIT_FOLDER_CHIP "hardware_id" /* file with the chip's MAC address */

struct unit_folder_more {
    const char *hardware_id; /* the chip's MAC address; "": not known */
    const char *firmware;    /* folder that the product's firmware comes from; NULL: it stays out */
};

/* Image files, manifest.json, flash_args, certificates and onboarding.json, 0600 each, the folder
 * 0700 and made when it is not there. manifest.json goes first and comes last: a folder that has it
 * is whole, and one unit's. `unit` has been checked. */
MUST_USE status_t unit_folder_write(const char *folder, const struct image_check *unit,
                                    const struct unit_folder_more *more, struct problem *problem);

/* Appends what a person types in that folder to bring the unit onto its chip, in the manifest's
 * order and in one line; `firmware`: some was copied there. */
void unit_folder_print_steps(const struct image_check *unit, bool firmware, struct buf *ret_text);

#endif

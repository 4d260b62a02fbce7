/* What a label says of a unit, read from the folder that `mintmark provision --output` wrote. */
#ifndef MINTMARK_CLIENT_LABEL_UNIT_H
#define MINTMARK_CLIENT_LABEL_UNIT_H

#include "lib/matter/onboarding.h"
#include "lib/unit/name.h"

enum {
    LABEL_UNITS_MAX = 100000, /* of one table: more than a pallet, less than a command line holds */
    LABEL_UNIT_FILE_MAX = 64 * 1024,
    LABEL_QR_MAX = 512, /* characters: a payload with a serial number has about 70 */
    LABEL_SERIAL_MAX = 128,
    LABEL_TABLE_MAX = LABEL_UNITS_MAX * (LABEL_QR_MAX + LABEL_SERIAL_MAX),
};

struct label_unit {
    const char *folder; /* borrowed */
    uint32_t passcode;
    uint16_t discriminator;
    char manual_code[MATTER_MANUAL_SIZE];
    char qr_code[LABEL_QR_MAX];
    char serial_number[LABEL_SERIAL_MAX];
    char hardware_id[UNIT_NAME_HARDWARE_ID_SIZE]; /* "": not known */
};

/* In secret memory. */
struct label_units {
    struct buf bytes;   /* of struct label_unit */
    bool without_codes; /* a unit whose device makes its passcode counts too: its codes are "" */
};

void label_units_init(struct label_units *units);
void label_units_done(struct label_units *units);
OWN_VALUE(struct label_units, label_units_done)

/* Reads onboarding.json of a folder and decodes both codes: discriminator, passcode and codes must
 * agree. The folder must be whole (manifest.json is written last). Borrows `folder`. */
MUST_USE status_t label_units_add(struct label_units *units, const char *folder,
                                  struct problem *problem);

/* Refuses a serial number that is there twice. *ret_warnings is 1, with the warning, when a QR code
 * is there twice, which is right only where a product of class test fixes it. */
MUST_USE status_t label_units_check(const struct label_units *units, struct problem *ret_warning,
                                    size_t *ret_warnings, struct problem *problem);

size_t label_units_count(const struct label_units *units);
/* Borrows until the next add. */
const struct label_unit *label_units_at(const struct label_units *units, size_t index);

#endif

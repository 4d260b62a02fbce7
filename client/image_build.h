/* The parts of `mintmark image build`: what was given, one unit, many units. */
#ifndef MINTMARK_CLIENT_IMAGE_BUILD_H
#define MINTMARK_CLIENT_IMAGE_BUILD_H

#include <limits.h>

#include "client/trust.h"
#include "lib/base/secret.h"
#include "lib/pki/plain_key.h"
#include "lib/unit/bought.h"
#include "lib/unit/mac_list.h"
#include "lib/unit/set.h"
#include "lib/unit/sheet.h"
#include "mintmark/v1/product.pb-c.h"

enum { IMAGE_BUILD_UNITS_MAX = UNIT_MAC_LIST_MAX }; /* as many as a label table has */

/* Options with a value. */
enum image_build_text {
    IMAGE_BUILD_PRODUCT,
    IMAGE_BUILD_VARIANT,
    IMAGE_BUILD_CD,
    IMAGE_BUILD_PAA,
    IMAGE_BUILD_PAI,
    IMAGE_BUILD_PAI_KEY,
    IMAGE_BUILD_DAC,
    IMAGE_BUILD_DAC_KEY,
    IMAGE_BUILD_PASSCODE,
    IMAGE_BUILD_DISCRIMINATOR,
    IMAGE_BUILD_SERIAL_NUMBER,
    IMAGE_BUILD_SALT,
    IMAGE_BUILD_VERIFIER,
    IMAGE_BUILD_ROTATING_ID,
    IMAGE_BUILD_COUNTER_FROM,
    IMAGE_BUILD_COUNT,
    IMAGE_BUILD_HARDWARE_IDS,
    IMAGE_BUILD_VENDOR_CSV,
    IMAGE_BUILD_MASTER_CSV,
    IMAGE_BUILD_OUTPUT,
    IMAGE_BUILD_TEXTS,
};

struct image_build_options {
    const char *texts[IMAGE_BUILD_TEXTS]; /* NULL: not given */
    struct trust_options trust;
    bool dry_run;
    bool show_codes;
    bool json;
};

/* False when the command is done already: after --help or wrong usage, with its exit code. */
bool image_build_options_read(int argc, char **argv, struct image_build_options *ret_options,
                              int *ret_exit_code);

/* What was given and has no place in struct unit_product. */
struct image_build_values {
    const char *serial_number; /* NULL: the product's pattern */
    uint32_t counter_from;     /* of the first unit; 0: its serial number does not count */
    struct buf salt;           /* these are secret; empty: not given */
    struct buf verifier;
    struct buf rotating_id;
};

/* A table of units (lib/unit/sheet.h). */
struct image_build_sheet {
    struct buf config; /* secret, as the other */
    struct buf values;
    struct unit_sheet *rows; /* NULL: none was given */
    struct problem warning;
    size_t warnings; /* 0 or 1 */
};

/* All that units are made from, read and checked. */
struct image_build_inputs {
    Mintmark__V1__Product *message;
    struct trust trust; /* PAA and CD signers */
    struct buf pai_der;
    struct unit_pai pai;
    struct unit_product product;   /* borrows from the above; passcode and discriminator as given */
    struct pki_plain_key *pai_key; /* NULL: the DAC is given */
    struct buf dac;                /* DER; empty: PAI key, or the DACs of a table */
    struct secret dac_key;
    uint8_t dac_public_key[PKI_POINT_SIZE];
    struct image_build_values values;
    struct image_build_sheet sheet;
    struct buf macs; /* of a batch, as unit_mac_list_read; empty: not known */
    uint32_t count;  /* of a batch; 0: one unit, without a batch around it */
    int64_t now;     /* Unix time */
    char firmware_path[PATH_MAX];
    const char *firmware; /* folder of the build that the product pins; NULL: none */
};

void image_build_inputs_init(struct image_build_inputs *inputs);
void image_build_inputs_done(struct image_build_inputs *inputs);
OWN_VALUE(struct image_build_inputs, image_build_inputs_done)

/* Reads every file, checks the product and what may be given with its class. `inputs` is
 * initialised; the caller ends it, also after a failure. */
MUST_USE status_t image_build_inputs_read(const struct image_build_options *options,
                                          struct image_build_inputs *inputs,
                                          struct problem *problem);

void image_build_values_init(struct image_build_values *values);
void image_build_values_done(struct image_build_values *values);

/* Reads the values; inputs->product is there. Passcode and discriminator go into it. */
MUST_USE status_t image_build_values_read(const struct image_build_options *options,
                                          struct image_build_inputs *inputs,
                                          struct problem *problem);

/* What serial numbers are drawn by. */
const char *image_build_serial_pattern(const struct image_build_inputs *inputs);

/* The number of the first unit's serial number, where they count; all units are known. */
MUST_USE status_t image_build_counter_read(const struct image_build_options *options,
                                           struct image_build_inputs *inputs,
                                           struct problem *problem);

/* Replaces what was drawn; a verifier is compared with passcode and salt. */
MUST_USE status_t image_build_values_apply(const struct image_build_inputs *inputs,
                                           struct unit_secrets *secrets, struct problem *problem);

/* The chip of unit `number`, counted from 1; "" when not known. */
const char *image_build_mac(const struct image_build_inputs *inputs, uint32_t number);

void image_build_sheet_init(struct image_build_sheet *sheet);
void image_build_sheet_done(struct image_build_sheet *sheet);

/* Reads the table that was given, if any, and checks every row; inputs->product is there. The rows
 * say how many units there are, and may name their chips. */
MUST_USE status_t image_build_sheet_read(const struct image_build_options *options,
                                         struct image_build_inputs *inputs,
                                         struct problem *problem);
/* Before the first row again. */
MUST_USE status_t image_build_sheet_rewind(const struct image_build_options *options,
                                           struct image_build_inputs *inputs,
                                           struct problem *problem);
/* The next unit's values, which borrow from the sheet until the next call; nothing without a sheet.
 * There are inputs->count rows. */
MUST_USE status_t image_build_sheet_next(const struct image_build_inputs *inputs,
                                         struct unit_supplied *ret_supplied,
                                         struct problem *problem);

/* One unit, as far as it has been made. Borrows the inputs. */
struct image_build_unit {
    char serial_number[UNIT_SERIAL_NUMBER_MAX + 1];
    uint8_t public_key[PKI_POINT_SIZE]; /* the DAC's */
    struct secret secrets;              /* struct unit_secrets */
    const struct unit_supplied *supplied;
    uint32_t number;         /* counted from 1; set before it is drawn, as its hardware id */
    const char *hardware_id; /* NULL or "": not known */
    struct buf dac;
    struct image_set set;
    char qr_code[MATTER_QR_SIZE];
    char manual_code[MATTER_MANUAL_SIZE];
    struct image_check check; /* of all of it; borrows from here */
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t finding_count;
};

void image_build_unit_done(struct image_build_unit *unit);
OWN_VALUE(struct image_build_unit, image_build_unit_done)

/* Everything random, and what was given or is supplied instead. ret_unit is zeroed but for
 * number and hardware id; borrows `supplied`. */
MUST_USE status_t image_build_unit_draw(const struct image_build_inputs *inputs,
                                        const struct unit_supplied *supplied,
                                        struct image_build_unit *ret_unit, struct problem *problem);

/* DAC, images and codes of a drawn unit, and every check of a station. */
MUST_USE status_t image_build_unit_make(const struct image_build_inputs *inputs,
                                        struct image_build_unit *unit, struct problem *problem);

/* As many units as inputs->count says, each in a folder of its own, and the batch's lists beside
 * them (image_build_lists.h). */
MUST_USE status_t image_build_batch(const struct image_build_inputs *inputs, const char *folder,
                                    struct problem *problem);

#endif

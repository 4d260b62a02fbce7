/* One product revision, ready for units to be made of it, and what is checked when it is loaded:
 * what would fail at unit 1 must fail at the desk. */
#ifndef MINTMARK_LIB_UNIT_PRODUCT_H
#define MINTMARK_LIB_UNIT_PRODUCT_H

#include "lib/image/factory_data.h"
#include "lib/unit/pai.h"

enum {
    UNIT_PRODUCT_NAME_MAX = 64,
    UNIT_SERIAL_NUMBER_MAX = 32,
    UNIT_COMMON_NAME_MAX = 64, /* X.520's upper bound of a commonName */
};

#define UNIT_UUID "{uuid}" /* where a common name has its UUID */
#define UNIT_TODAY "today" /* a manufacturing date: the day of issuing in the site's time zone */

enum unit_class { UNIT_CLASS_TEST = 1, UNIT_CLASS_PROVISIONAL = 2, UNIT_CLASS_PRODUCTION = 3 };

/* How long DACs hold, inside what PAI and PAA hold. Both 0: as long as these. */
struct unit_validity {
    uint16_t years;
    int64_t not_after; /* Unix time of the last second */
};

/* What each unit brings instead of having it drawn (SPEC.md §1). */
struct unit_wants {
    bool serial_number;
    bool manufacturing_date;
    bool discriminator;
    bool passcode;
    bool verifier; /* with its salt, and iterations of its own where it says so */
    bool rotating_id;
};

/* Borrows from whoever made it. */
struct unit_product {
    const char *name;  /* "a19-lamp", or of a variant "a19-lamp/white" */
    bool has_variants; /* then only those are ordered and made */
    uint32_t revision;
    enum unit_class product_class;
    const struct unit_pai *pai;
    struct image_product image;
    int32_t fixed_discriminator; /* -1: random */
    uint32_t fixed_passcode;     /* 0: random */
    uint8_t salt_length;
    bool rotating_id;
    const char *serial_number_pattern; /* of unit_serial_draw */
    const char *manufacturing_date;    /* UNIT_TODAY, the date itself, or NULL: none */
    struct unit_validity dac_validity;
    const char *dac_common_name; /* text with UNIT_UUID in it once */
    bool dac_supplied;           /* each unit brings its DAC and key */
    struct unit_wants wants;
    const char *serial_number_shape; /* of supplied ones (pattern.h); NULL or "": any */
};

/* Checks everything about the product (names, partitions, CD against VID, PID, PAI and PAA, PAI
 * pair, the largest image its values can give) and derives its class. `product` is complete but for
 * product_class. cd_signers are certificates (DER) of CD signers that are trusted. */
MUST_USE status_t unit_product_check(const struct unit_product *product,
                                     const struct span *cd_signers, size_t cd_signer_count,
                                     enum unit_class *ret_class, struct problem *problem);

/* Whether what is supplied for a unit, and has passed unit_supplied_check, fits the product's
 * partitions and is what its image must have, with the rest at its longest. */
struct unit_supplied;
MUST_USE status_t unit_product_check_fit(const struct unit_product *product,
                                         const struct unit_supplied *supplied,
                                         struct problem *problem);

/* What a tool without a server may do with a product (its class is known). A PAI key in a file can
 * be copied and nobody sees it: it signs for class test only. A value given for `units` units is
 * one that all have, which is for class test only as soon as they are several; `option` is its
 * name. */
MUST_USE status_t unit_product_allow_key_file(const struct unit_product *product,
                                              struct problem *problem);
MUST_USE status_t unit_product_allow_fixed(const struct unit_product *product, uint32_t units,
                                           const char *option, struct problem *problem);

const char *unit_product_class_name(enum unit_class product_class); /* "test" … */

#endif

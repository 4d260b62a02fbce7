/* DACs that are not made here: they come with their keys (SPEC.md §1.1). */
#ifndef MINTMARK_LIB_UNIT_BOUGHT_H
#define MINTMARK_LIB_UNIT_BOUGHT_H

#include "lib/base/secret.h"
#include "lib/pki/plain_key.h"
#include "lib/unit/supplied.h"

/* A DAC that is given, and where; for messages. */
struct unit_bought {
    struct span der;
    const char *field;
    struct span public_key; /* of the key that is given with it */
    const char *key_field;
};
/* It is the product's, and the key is its key. */
MUST_USE status_t unit_bought_check_pair(const struct unit_product *product,
                                         const struct unit_bought *dac, struct problem *problem);

/* The key of a supplied DAC: 32 bytes, PEM or DER. */
MUST_USE status_t unit_bought_key(const struct unit_supplied *supplied, struct secret *ret_scalar,
                                  uint8_t ret_point[static PKI_POINT_SIZE],
                                  struct problem *problem);

/* All of a supplied DAC: pair, product, and the chain to the product's PAI and its PAA at `now`
 * (Unix time). */
MUST_USE status_t unit_bought_check(const struct unit_product *product,
                                    const struct unit_supplied *supplied, int64_t now,
                                    uint8_t ret_point[static PKI_POINT_SIZE],
                                    struct problem *problem);

#endif

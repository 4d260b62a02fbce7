/* What a unit's DAC says, built and linted before anything is stored or signed. */
#ifndef MINTMARK_LIB_UNIT_DAC_H
#define MINTMARK_LIB_UNIT_DAC_H

#include "lib/unit/product.h"

struct unit_dac {
    const struct unit_product *product; /* its ids, and the PAI that will sign */
    const char *common_name;
    struct span serial;     /* of unit_draw_dac_serial */
    struct span public_key; /* 65 bytes */
    int64_t not_before;     /* Unix time; the PAI's or PAA's when that is later */
};

/* Appends the TBS. The problem names the rule it breaks. */
MUST_USE status_t unit_dac_tbs(const struct unit_dac *dac, struct buf *ret_tbs,
                               struct problem *problem);

/* When a DAC that is to begin at `not_before` begins and ends: PAI and PAA hold all that time, and
 * the product may end it earlier. DAC_VALIDITY when it would end before it begins, which is asked
 * before an order is stored. */
MUST_USE status_t unit_dac_validity(const struct unit_product *product, int64_t not_before,
                                    int64_t *ret_not_before, int64_t *ret_not_after,
                                    struct problem *problem);

#endif

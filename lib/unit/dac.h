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

/* Appends the TBS; it holds until PAI or PAA expire. The problem names the rule it breaks. */
MUST_USE status_t unit_dac_tbs(const struct unit_dac *dac, struct buf *ret_tbs,
                               struct problem *problem);

#endif

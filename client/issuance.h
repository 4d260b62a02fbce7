/* What the log's entry about an issuance must say of the unit that a station has in its hands. */
#ifndef MINTMARK_CLIENT_ISSUANCE_H
#define MINTMARK_CLIENT_ISSUANCE_H

#include "lib/base/buf.h"

/* Borrows all of it. */
struct issuance {
    const char *record_id; /* hexadecimal */
    const char *order;
    const char *unit_id;     /* "": named by its hardware id */
    const char *hardware_id; /* as a person writes it */
    struct span dac;         /* DER; empty: not at hand */
};

/* STATUS_REFUSED ISSUANCE_OTHER unless the entry is the device.issued of this record, order and
 * unit, and names this DAC by its serial number and digest. */
MUST_USE status_t issuance_check(struct span entry, const struct issuance *issuance,
                                 struct problem *problem);

#endif

/* The DACs of many units, for a cloud that is to know its devices (SPEC.md §2). */
#ifndef MINTMARK_CLIENT_DAC_LIST_H
#define MINTMARK_CLIENT_DAC_LIST_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/pki/certificate.h"

enum { DAC_LIST_COMMON_NAME_MAX = 64 };

/* What is told of a DAC. */
struct dac_list_words {
    char common_name[DAC_LIST_COMMON_NAME_MAX + 1]; /* "": it has none that is text */
    char serial_number[2 * PKI_SERIAL_MAX + 1];     /* hexadecimal */
    char sha256[2 * SHA256_SIZE + 1];               /* of its DER */
};
MUST_USE status_t dac_list_read(struct span der, struct dac_list_words *ret_words,
                                struct problem *problem);

/* A unit of the list; borrows. */
struct dac_list_unit {
    struct span der;
    const char *serial_number; /* of the device */
    const char *hardware_id;   /* "": not known */
};

/* Appends the header, or a unit's record. */
void dac_list_begin(struct buf *ret_table);
MUST_USE status_t dac_list_add(struct buf *ret_table, const struct dac_list_unit *unit,
                               const struct dac_list_words *dac);

#endif

/* A number as people write it on a command line. */
#ifndef MINTMARK_CLIENT_NUMBER_H
#define MINTMARK_CLIENT_NUMBER_H

#include <stdint.h>

#include "lib/base/status.h"

/* Wholly decimal without leading zeros (010 may be meant as octal), or 0x and hexadecimal. The
 * message does not repeat the text: it may be a passcode. */
MUST_USE status_t number_read(const char *field, const char *text, uint32_t max,
                              uint32_t *ret_number, struct problem *problem);

#endif

/* A number as the files of a firmware build write it. */
#ifndef MINTMARK_LIB_IMAGE_NUMBER_H
#define MINTMARK_LIB_IMAGE_NUMBER_H

#include "lib/base/buf.h"

/* Wholly decimal without leading zeros, or 0x and hexadecimal digits; of 32 bits. */
bool image_number_read(struct span text, uint32_t *ret_number);

#endif

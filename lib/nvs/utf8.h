/* Whether bytes are text that Python (and so nvs_partition_gen) can decode. */
#ifndef MINTMARK_LIB_NVS_UTF8_H
#define MINTMARK_LIB_NVS_UTF8_H

#include "lib/base/buf.h"

/* RFC 3629: shortest form, no surrogates, at most U+10FFFF; and no NUL. */
bool nvs_utf8_valid(struct span text);

#endif

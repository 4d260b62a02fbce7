/* UTF-8 as RFC 3629 §4 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef MINTMARK_PROTO_TEXT_UTF8_H
#define MINTMARK_PROTO_TEXT_UTF8_H

#include "lib/base/buf.h"

/* Offset of the first byte that belongs to no valid character, or bytes.size when all is well. */
size_t text_utf8_check(struct span bytes);

/* Valid UTF-8 without a NUL: what a string field may hold. */
bool text_utf8_is_text(struct span bytes);

#endif

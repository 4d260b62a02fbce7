/* UTF-8 as RFC 3629 §4 has it: shortest forms, no surrogates, nothing above U+10FFFF. */
#ifndef MINTMARK_LIB_BASE_UTF8_H
#define MINTMARK_LIB_BASE_UTF8_H

#include "lib/base/buf.h"

/* Offset of the first byte that belongs to no valid character, or bytes.size when all is well. */
size_t utf8_check(struct span bytes);

/* Valid and without a NUL: what a text field may hold. */
bool utf8_is_text(struct span bytes);

/* Copies, cut to `size` with its NUL at a character's border, and safe for a terminal: control
 * characters become blanks, bytes that are not UTF-8 become '?'. */
void utf8_clean(struct span text, char *ret_text, size_t size);

/* Characters (code points); STATUS_MALFORMED when not valid. */
MUST_USE status_t utf8_length(struct span bytes, size_t *ret_characters);

#endif

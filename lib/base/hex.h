/* Bytes as text: hexadecimal and base64. */
#ifndef MINTMARK_LIB_BASE_HEX_H
#define MINTMARK_LIB_BASE_HEX_H

#include "lib/base/buf.h"

/* Lower-case digits; ret_text has 2 * size + 1 places. */
void hex_encode(struct span bytes, char *ret_text);

/* Either case, even length, nothing else. Appends to ret_bytes; on failure nothing is appended. */
MUST_USE status_t hex_decode(struct span text, struct buf *ret_bytes);

/* The same into a place for text.size / 2 bytes; on failure nothing is written. */
MUST_USE status_t hex_decode_into(struct span text, uint8_t *ret_bytes);

/* Base64 with padding, one line. ret_text has 4 * ((size + 2) / 3) + 1 places. */
void base64_encode(struct span bytes, char *ret_text);

/* Strict: padded, no blanks, canonical (unused bits zero). Appends to ret_bytes; on failure nothing
 * is appended. */
MUST_USE status_t base64_decode(struct span text, struct buf *ret_bytes);

#endif

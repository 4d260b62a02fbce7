/* Text from elsewhere for a person's eyes: what a terminal would obey or hide becomes an escape. */
#ifndef MINTMARK_PROTO_TEXT_VISIBLE_H
#define MINTMARK_PROTO_TEXT_VISIBLE_H

#include "lib/base/buf.h"

/* Appends UTF-8 text; controls, and characters that have no shape of their own or turn the
 * direction of others, as \xNN, \uNNNN or \UNNNNNNNN, the escapes of YAML's double quotes (YAML
 * 1.2.2 §5.7). `quoted`: '"' and '\' get a '\' in front. STATUS_MALFORMED when not UTF-8 or with a
 * NUL; then nothing is appended. */
MUST_USE status_t text_visible_append(struct span text, bool quoted, struct buf *ret_text);

#endif

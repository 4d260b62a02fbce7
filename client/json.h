/* JSON for --json output, written into a buf (a secret one where values may be secrets, which a
 * JSON library's own memory would not be). */
#ifndef MINTMARK_CLIENT_JSON_H
#define MINTMARK_CLIENT_JSON_H

#include "lib/base/buf.h"

/* Appends the text as a JSON string, quotes included. `text` is UTF-8 (RFC 8259 §8.1); the caller
 * checks text that comes from outside. */
void json_append_text(struct buf *ret_json, struct span text);

/* Appends `"name": ` with a comma and blank in front unless `first`. */
void json_append_name(struct buf *ret_json, const char *name, bool first);

#endif

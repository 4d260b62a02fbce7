/* Lines of the text formats here: each ends with a newline (SPEC §3, §4, §6). */
#ifndef MINTMARK_LIB_TLOG_LINE_H
#define MINTMARK_LIB_TLOG_LINE_H

#include "lib/tlog/hash.h"

/* Takes the next line off *rest; without its newline. STATUS_MALFORMED when none ends. */
MUST_USE status_t tlog_line_next(struct span *rest, struct span *ret_line);

/* Takes `prefix` off *line; false, and nothing taken, when it begins otherwise. */
bool tlog_line_take(struct span *line, const char *prefix);

/* ASCII decimal without leading zeros, at most TLOG_SIZE_MAX; else STATUS_MALFORMED. */
MUST_USE status_t tlog_line_number(struct span line, uint64_t *ret_number);

/* A hash in base64, in its one spelling. */
MUST_USE status_t tlog_line_hash(struct span line, struct tlog_hash *ret_hash);
void tlog_line_print_hash(const struct tlog_hash *hash, struct buf *ret_text); /* and newline */

#endif

/* What changes between two texts, line by line. */
#ifndef MINTMARK_CLIENT_DIFF_H
#define MINTMARK_CLIENT_DIFF_H

#include "lib/base/buf.h"

enum { DIFF_LINES_MAX = 4000 }; /* of one text; its square bounds the memory */

/* Appends every line of both texts in order: "  " in front of what stays, "- " of what goes, "+ "
 * of what comes. Nothing is left out: whoever agrees to the new text has seen all of it.
 * STATUS_TOO_LARGE for more lines. */
MUST_USE status_t diff_append(struct span before, struct span after, struct buf *ret_text);

#endif

/* A signed statement as a file, for where no server can take it (SPEC.md §5). */
#ifndef MINTMARK_LIB_APPROVAL_FILE_H
#define MINTMARK_LIB_APPROVAL_FILE_H

#include "lib/approval/statement.h"

enum { APPROVAL_FILE_MAX = APPROVAL_STATEMENT_MAX + 2 * APPROVAL_SIGNATURE_MAX + 16 };

/* Appends the file's content. */
MUST_USE status_t approval_file_write(struct span text, struct span signature,
                                      struct buf *ret_content);

/* The text borrows from the content; appends the signature. Both are only read, not judged.
 * STATUS_MALFORMED STATEMENT_FILE. */
MUST_USE status_t approval_file_read(struct span content, struct span *ret_text,
                                     struct buf *ret_signature, struct problem *problem);

#endif

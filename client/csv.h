/* A table of comma-separated values (RFC 4180). */
#ifndef MINTMARK_CLIENT_CSV_H
#define MINTMARK_CLIENT_CSV_H

#include "lib/base/buf.h"

/* Appends a field, in quotes where it must be (§2.5 to 2.7), and `end`: a comma or CSV_END. */
void csv_append(struct buf *ret_table, const char *text, const char *end);

#define CSV_END "\r\n" /* of a record */

#endif

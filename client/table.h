/* Tables for people: columns as wide as their widest cell, two blanks between. */
#ifndef MINTMARK_CLIENT_TABLE_H
#define MINTMARK_CLIENT_TABLE_H

#include "lib/base/buf.h"

enum { TABLE_COLUMNS_MAX = 10, TABLE_TEXT_MAX = 16 * 1024 * 1024 };

struct table {
    size_t columns;
    struct buf cells; /* each with a NUL behind it, row by row */
    size_t count;
    size_t widths[TABLE_COLUMNS_MAX]; /* in characters */
};

/* The header's words, NULL at the end. */
void table_init(struct table *table, const char *const *header);
void table_done(struct table *table);
OWN_VALUE(struct table, table_done)

/* Adds the next cell: UTF-8 from anywhere, made visible (proto/text/visible.h). */
void table_add(struct table *table, const char *text);
void table_print(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends the lines; the last row is whole. */
MUST_USE status_t table_write(const struct table *table, struct buf *ret_text);

#endif

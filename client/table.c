#include "client/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/utf8.h"
#include "proto/text/visible.h"

enum { CELL_MAX = 256 };

void table_init(struct table *table, const char *const *header)
{
    *table = (struct table){.columns = 0};
    buf_init(&table->cells, TABLE_TEXT_MAX);
    while (header[table->columns] != NULL) {
        table->columns++;
    }
    assert(table->columns <= TABLE_COLUMNS_MAX);
    for (size_t i = 0; i < table->columns; i++) {
        table_add(table, header[i]);
    }
}

void table_done(struct table *table)
{
    buf_done(&table->cells);
}

void table_add(struct table *table, const char *text)
{
    size_t start = table->cells.size;
    size_t width = 0;
    if (text_visible_append(span_text(text), false, &table->cells) != STATUS_OK) {
        buf_append_byte(&table->cells, '?');
    }
    size_t *widest = &table->widths[table->count++ % table->columns];
    if (table->cells.failed ||
        utf8_length(span_make(table->cells.data + start, table->cells.size - start), &width) !=
            STATUS_OK) {
        return; /* table_write tells */
    }
    *widest = width > *widest ? width : *widest;
    buf_append_byte(&table->cells, 0);
}

void table_print(struct table *table, const char *format, ...)
{
    char cell[CELL_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cell, sizeof(cell), format, arguments);
    va_end(arguments);
    table_add(table, cell);
}

status_t table_write(const struct table *table, struct buf *ret_text)
{
    const char *cell = (const char *)table->cells.data;
    TRY(buf_status(&table->cells));
    for (size_t i = 0; i < table->count; i++, cell += strlen(cell) + 1) {
        bool last = i % table->columns == table->columns - 1;
        size_t width = 0;
        TRY(utf8_length(span_text(cell), &width));
        buf_append_text(ret_text, cell);
        buf_append_fill(ret_text, last ? '\n' : ' ',
                        last ? 1 : table->widths[i % table->columns] - width + 2);
    }
    return buf_status(ret_text);
}

/* A page of HTML, written into a buf. Markup is ours and a literal; whatever comes from elsewhere
 * goes through html_text or html_say, which leave nothing that could be markup or turn the reading
 * direction around. */
#ifndef MINTMARK_CLIENT_LOG_HTML_H
#define MINTMARK_CLIENT_LOG_HTML_H

#include "lib/base/buf.h"

enum { HTML_TEXT_MAX = 4096 };

/* Our own markup. */
void html_markup(struct buf *page, const char *markup);

/* Any text: cut at HTML_TEXT_MAX, control characters as blanks, invisible characters and those that
 * change the direction as "[U+202E]". */
void html_text(struct buf *page, struct span text);
void html_say(struct buf *page, const char *format, ...) PRINTF_LIKE(2, 3);

/* A paragraph of it. */
void html_paragraph(struct buf *page, const char *format, ...) PRINTF_LIKE(2, 3);

/* "1 234 567" */
void html_number(struct buf *page, uint64_t number);
/* "2026-11-22 15:28:53", UTC; a day alone; "–" for 0. */
void html_time(struct buf *page, int64_t ms);
void html_day(struct buf *page, int64_t ms);
void html_hex(struct buf *page, struct span bytes);

/* A section with its heading; `id` is ours. */
void html_section(struct buf *page, const char *id, const char *title);
void html_section_end(struct buf *page);

/* A table that shows at most `rows_max` rows and says how many there are beyond. */
struct html_table {
    struct buf *page;
    const char *kinds; /* one letter a column: t text, n number, c code */
    size_t column;
    uint64_t rows;
    uint64_t rows_max;
};

/* `titles`: "Order|Product|…", as many as `kinds` has letters; all three are ours. */
struct html_table html_table_begin(struct buf *page, const char *caption, const char *kinds,
                                   const char *titles, uint64_t rows_max);
/* Begins a row; false when no more are shown: it is counted. */
bool html_table_row(struct html_table *table);
/* Between these two a cell's content is written. A cell of one short word or of a time stays on one
 * line. */
void html_cell(struct html_table *table);
void html_cell_end(struct html_table *table);
void html_cell_text(struct html_table *table, const char *text);
void html_cell_number(struct html_table *table, uint64_t number);
void html_cell_time(struct html_table *table, int64_t ms);
void html_table_end(struct html_table *table);

#endif

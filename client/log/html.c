#include "client/log/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/utf8.h"
#include "lib/event/time.h"

enum { WORD_MAX = 28 };

void html_markup(struct buf *page, const char *markup)
{
    buf_append_text(page, markup);
}

static const char *entity(uint8_t character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Characters that nobody sees, or that let a text be read in another order than it is written:
 * ranges of code points (Unicode, general category Cf, and the fillers). */
static bool is_hidden(uint32_t point)
{
    static const uint32_t RANGES[][2] = {
        {0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x0600, 0x0605}, {0x061C, 0x061C},
        {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
        if (point >= RANGES[i][0] && point <= RANGES[i][1]) {
            return true;
        }
    }
    return false;
}

/* The valid character at `at`, and its size. */
static uint32_t point_at(const char *at, size_t *ret_size)
{
    uint8_t lead = (uint8_t)*at;
    size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        point = point << 6 | ((uint8_t)at[i] & 0x3Fu);
    }
    *ret_size = size;
    return point;
}

void html_text(struct buf *page, struct span text)
{
    char clean[HTML_TEXT_MAX];
    size_t size = 0;
    utf8_clean(text, clean, sizeof(clean)); /* valid from here on */
    for (const char *at = clean; *at != '\0'; at += size) {
        uint32_t point = point_at(at, &size);
        const char *safe = size == 1 ? entity((uint8_t)*at) : NULL;
        if (safe != NULL) {
            buf_append_text(page, safe);
        } else if (is_hidden(point)) {
            buf_print(page, "[U+%04" PRIX32 "]", point);
        } else {
            buf_append(page, at, size);
        }
    }
}

static void say(struct buf *page, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void say(struct buf *page, const char *format, va_list arguments)
{
    char text[HTML_TEXT_MAX];
    (void)vsnprintf(text, sizeof(text), format, arguments);
    html_text(page, span_text(text));
}

void html_say(struct buf *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(page, format, arguments);
    va_end(arguments);
}

void html_paragraph(struct buf *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    html_markup(page, "<p>");
    say(page, format, arguments);
    html_markup(page, "</p>\n");
    va_end(arguments);
}

void html_number(struct buf *page, uint64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            buf_append_text(page, "\xE2\x80\xAF"); /* a narrow blank that does not break */
        }
        buf_append_byte(page, (uint8_t)digits[i]);
    }
}

void html_time(struct buf *page, int64_t ms)
{
    char text[EVENT_TIME_SIZE];
    if (ms == 0) {
        buf_append_text(page, "–");
        return;
    }
    event_time_write(ms, text);
    buf_print(page, "%.10s %.8s", text, text + 11);
}

void html_day(struct buf *page, int64_t ms)
{
    char text[EVENT_TIME_SIZE];
    event_time_write(ms, text);
    buf_print(page, "%.10s", text);
}

void html_hex(struct buf *page, struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        buf_print(page, "%02x", bytes.data[i]);
    }
}

void html_section(struct buf *page, const char *id, const char *title)
{
    buf_print(page, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}

void html_section_end(struct buf *page)
{
    buf_append_text(page, "</section>\n");
}

/* --- tables --- */

static const char *class_of(char kind)
{
    return kind == 'n' ? " class=\"n\"" : kind == 'c' ? " class=\"c\"" : "";
}

struct html_table html_table_begin(struct buf *page, const char *caption, const char *kinds,
                                   const char *titles, uint64_t rows_max)
{
    struct html_table table = {.page = page, .kinds = kinds, .rows_max = rows_max};
    buf_print(page,
              "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table>\n"
              "<caption>%s</caption>\n<thead><tr>",
              caption, caption);
    for (size_t i = 0; kinds[i] != '\0'; i++) {
        int length = (int)strcspn(titles, "|");
        buf_print(page, "<th scope=\"col\"%s>%.*s</th>", class_of(kinds[i]), length, titles);
        titles += length + (titles[length] == '|');
    }
    buf_append_text(page, "</tr></thead>\n<tbody>\n");
    return table;
}

bool html_table_row(struct html_table *table)
{
    table->rows++;
    table->column = 0;
    if (table->rows > table->rows_max) {
        return false;
    }
    buf_append_text(table->page, "<tr>");
    return true;
}

static void begin_cell(struct html_table *table, const char *class)
{
    buf_print(table->page, "%s%s>", table->column == 0 ? "<th scope=\"row\"" : "<td", class);
}

void html_cell(struct html_table *table)
{
    begin_cell(table, class_of(table->kinds[table->column]));
}

void html_cell_end(struct html_table *table)
{
    buf_append_text(table->page, table->column == 0 ? "</th>" : "</td>");
    table->column++;
    if (table->kinds[table->column] == '\0') {
        buf_append_text(table->page, "</tr>\n");
    }
}

void html_cell_text(struct html_table *table, const char *text)
{
    bool word =
        table->kinds[table->column] == 't' && strchr(text, ' ') == NULL && strlen(text) <= WORD_MAX;
    begin_cell(table, word ? " class=\"k\"" : class_of(table->kinds[table->column]));
    html_text(table->page, span_text(text));
    html_cell_end(table);
}

void html_cell_number(struct html_table *table, uint64_t number)
{
    html_cell(table);
    html_number(table->page, number);
    html_cell_end(table);
}

void html_cell_time(struct html_table *table, int64_t ms)
{
    begin_cell(table, " class=\"k\"");
    html_time(table->page, ms);
    html_cell_end(table);
}

void html_table_end(struct html_table *table)
{
    if (table->rows == 0) {
        buf_print(table->page, "<tr><td colspan=\"%zu\" class=\"none\">none</td></tr>\n",
                  strlen(table->kinds));
    }
    buf_append_text(table->page, "</tbody></table></div>\n");
    if (table->rows > table->rows_max) {
        buf_append_text(table->page, "<p class=\"more\">and ");
        html_number(table->page, table->rows - table->rows_max);
        buf_append_text(table->page, " more; <code>--rows</code> shows them</p>\n");
    }
}

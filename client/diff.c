#include "client/diff.h"

#include <stdlib.h>

struct lines {
    struct span *items;
    size_t count;
};

static void lines_done(struct lines *lines)
{
    free(lines->items);
}
OWN_VALUE(struct lines, lines_done)

static status_t split(struct span text, struct lines *ret_lines)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += text.data[i] == '\n' || i + 1 == text.size ? 1 : 0;
    }
    if (count > DIFF_LINES_MAX) {
        return STATUS_TOO_LARGE;
    }
    ret_lines->items = calloc(count + 1, sizeof(*ret_lines->items));
    if (ret_lines->items == NULL) {
        return STATUS_NO_MEMORY;
    }
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        ret_lines->items[ret_lines->count++] = span_make(text.data, size);
        size += end == NULL ? 0 : 1;
        text = span_make(text.data + size, text.size - size);
    }
    return STATUS_OK;
}

/* lengths[i * width + k]: the longest common subsequence of what follows before line i and k. */
static void measure(const struct lines *before, const struct lines *after, uint16_t *lengths)
{
    size_t width = after->count + 1;
    for (size_t i = before->count; i-- > 0;) {
        for (size_t k = after->count; k-- > 0;) {
            uint16_t *here = &lengths[i * width + k];
            uint16_t down = here[width];
            uint16_t right = here[1];
            *here = span_equal(before->items[i], after->items[k]) ? (uint16_t)(here[width + 1] + 1)
                    : down > right                                ? down
                                                                  : right;
        }
    }
}

static void append_line(const char *mark, struct span line, struct buf *text)
{
    buf_append_text(text, mark);
    buf_append_span(text, line);
    buf_append_byte(text, '\n');
}

static void walk(const struct lines *before, const struct lines *after, const uint16_t *lengths,
                 struct buf *text)
{
    size_t width = after->count + 1;
    size_t i = 0;
    size_t k = 0;
    while (i < before->count || k < after->count) {
        const uint16_t *here = &lengths[i * width + k];
        bool both = i < before->count && k < after->count;
        if (both && span_equal(before->items[i], after->items[k])) {
            append_line("  ", after->items[k++], text);
            i++;
        } else if (k == after->count || (both && here[width] >= here[1])) {
            append_line("- ", before->items[i++], text);
        } else {
            append_line("+ ", after->items[k++], text);
        }
    }
}

status_t diff_append(struct span before, struct span after, struct buf *ret_text)
{
    AUTO(lines_done) struct lines old_lines = {0};
    AUTO(lines_done) struct lines new_lines = {0};
    TRY(split(before, &old_lines));
    TRY(split(after, &new_lines));
    uint16_t *lengths = calloc((old_lines.count + 1) * (new_lines.count + 1), sizeof(*lengths));
    if (lengths == NULL) {
        return STATUS_NO_MEMORY;
    }
    measure(&old_lines, &new_lines, lengths);
    walk(&old_lines, &new_lines, lengths, ret_text);
    free(lengths);
    return buf_status(ret_text);
}

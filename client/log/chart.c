#include "client/log/chart.h"

#include <inttypes.h>

#include "client/log/html.h"

/* In the drawing's own units. */
enum {
    WIDTH = 720,
    HEIGHT = 180, /* of columns, without the texts below */
    LEFT = 56,    /* room for the largest value */
    BELOW = 28,
    TOP = 12,
    NAMES = 200, /* room for the names of bars */
    VALUES = 64, /* room for their sums */
    ROW = 26,
    BAR = 16,
    NAME_SHOWN = 28, /* characters; the whole name stands in the title */
};

static void begin(struct buf *page, const struct chart *chart, int height)
{
    buf_print(page,
              "<figure>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s\">\n"
              "<title id=\"%s\">%s</title>\n",
              WIDTH, height, chart->id, chart->id, chart->title);
}

static void end(struct buf *page, const struct chart *chart)
{
    buf_append_text(page, "</svg>\n<figcaption>");
    buf_append_text(page, chart->title);
    buf_append_text(page, "</figcaption>\n");
    if (chart->series_count > 1) {
        buf_append_text(page, "<ul class=\"legend\">");
        for (size_t i = 0; i < chart->series_count; i++) {
            buf_print(page, "<li><i class=\"s%zu\"></i>%s</li>", i, chart->series[i]);
        }
        buf_append_text(page, "</ul>\n");
    }
    buf_append_text(page, "</figure>\n");
}

static void add_title(struct buf *page, const char *label, const char *what, uint64_t value)
{
    buf_append_text(page, "<title>");
    html_text(page, span_text(label));
    buf_append_text(page, ": ");
    html_number(page, value);
    buf_print(page, " %s</title>", what);
}

/* --- columns --- */

/* The next of 1, 2, 5, 10, 20, … that is not below. */
static uint64_t round_up(uint64_t value)
{
    uint64_t step = 1;
    while (step < value) {
        uint64_t first = step;
        while (first >= 10) {
            first /= 10;
        }
        step = first == 2 ? step / 2 * 5 : step * 2;
    }
    return step;
}

static void axis(struct buf *page, uint64_t top)
{
    for (int half = 0; half <= 2; half++) {
        int y = TOP + HEIGHT - HEIGHT * half / 2;
        buf_print(page, "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" class=\"grid\"/>", LEFT,
                  WIDTH, y, y);
        if (half == 1 && top < 2) {
            continue;
        }
        buf_print(page, "<text x=\"%d\" y=\"%d\" class=\"end\">", LEFT - 8, y + 4);
        html_number(page, top * (uint64_t)half / 2);
        buf_append_text(page, "</text>\n");
    }
}

void chart_columns(struct buf *page, const struct chart *chart, const struct chart_item *items,
                   size_t count)
{
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++) {
        most = items[i].values[0] > most ? items[i].values[0] : most;
    }
    uint64_t top = round_up(most);
    double step = (double)(WIDTH - LEFT) / (double)(count > 8 ? count : 8);
    begin(page, chart, TOP + HEIGHT + BELOW);
    axis(page, top);
    for (size_t i = 0; i < count; i++) {
        double height = (double)items[i].values[0] / (double)top * HEIGHT;
        buf_print(page, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"s0\">",
                  LEFT + step * ((double)i + 0.12), TOP + HEIGHT - height, step * 0.76, height);
        add_title(page, items[i].label, chart->series[0], items[i].values[0]);
        buf_append_text(page, "</rect>\n");
    }
    for (size_t i = 0; count > 0 && i < (count > 1 ? 2u : 1u); i++) {
        double x = LEFT + step * (i == 0 ? 0.12 : (double)count - 0.12);
        buf_print(page, "<text x=\"%.1f\" y=\"%d\"%s>", x, TOP + HEIGHT + 18,
                  i > 0 && count > 8 ? " class=\"end\"" : "");
        html_text(page, span_text(items[i == 0 ? 0 : count - 1].label));
        buf_append_text(page, "</text>\n");
    }
    end(page, chart);
}

/* --- bars --- */

static uint64_t sum(const struct chart *chart, const struct chart_item *item)
{
    uint64_t all = 0;
    for (size_t i = 0; i < chart->series_count; i++) {
        all += item->values[i];
    }
    return all;
}

/* Cut at a character's border. */
static void add_name(struct buf *page, const char *name)
{
    size_t size = 0;
    size_t characters = 0;
    while (name[size] != '\0' && characters < NAME_SHOWN) {
        do {
            size++;
        } while (((uint8_t)name[size] & 0xC0) == 0x80);
        characters++;
    }
    html_text(page, span_make(name, size));
    buf_append_text(page, name[size] != '\0' ? "…" : "");
}

static void add_bar(struct buf *page, const struct chart *chart, const struct chart_item *item,
                    int y, uint64_t most)
{
    double x = NAMES;
    double scale = (double)(WIDTH - NAMES - VALUES) / (double)most;
    buf_print(page, "<text x=\"%d\" y=\"%d\" class=\"end\">", NAMES - 10, y + BAR - 3);
    add_name(page, item->label);
    buf_append_text(page, "</text>\n");
    for (size_t i = 0; i < chart->series_count; i++) {
        double width = (double)item->values[i] * scale;
        if (item->values[i] > 0) {
            buf_print(page,
                      "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"s%zu\">", x,
                      y, width, BAR, i);
            add_title(page, item->label, chart->series[i], item->values[i]);
            buf_append_text(page, "</rect>\n");
        }
        x += width;
    }
    buf_print(page, "<text x=\"%.1f\" y=\"%d\">", x + 8, y + BAR - 3);
    html_number(page, sum(chart, item));
    buf_append_text(page, "</text>\n");
}

void chart_bars(struct buf *page, const struct chart *chart, const struct chart_item *items,
                size_t count)
{
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t all = sum(chart, &items[i]);
        most = all > most ? all : most;
    }
    begin(page, chart, TOP + ROW * (int)count);
    for (size_t i = 0; i < count; i++) {
        add_bar(page, chart, &items[i], TOP / 2 + ROW * (int)i, most);
    }
    end(page, chart);
}

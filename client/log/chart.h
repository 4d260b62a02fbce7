/* Charts as inline SVG: no script, colours from the page's style (classes s0 to s5), every value
 * also as text in its title; the tables beside them say the same in numbers. */
#ifndef MINTMARK_CLIENT_LOG_CHART_H
#define MINTMARK_CLIENT_LOG_CHART_H

#include "lib/base/buf.h"

enum { CHART_SERIES_MAX = 6, CHART_LABEL_MAX = 256, CHART_COLUMNS_MAX = 60, CHART_ROWS_MAX = 12 };

struct chart {
    const char *id; /* of the page, ours */
    const char *title;
    const char *series[CHART_SERIES_MAX]; /* ours; as many as there are */
    size_t series_count;
};

struct chart_item {
    char label[CHART_LABEL_MAX]; /* from anywhere */
    uint64_t values[CHART_SERIES_MAX];
};

/* Upright columns of the first series' values, in their order. */
void chart_columns(struct buf *page, const struct chart *chart, const struct chart_item *items,
                   size_t count);

/* A bar a row, its parts side by side, with a legend where there are several series. */
void chart_bars(struct buf *page, const struct chart *chart, const struct chart_item *items,
                size_t count);

#endif

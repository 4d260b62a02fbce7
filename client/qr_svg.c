#include "client/qr_symbol.h"

/* One rectangle of height 1 for each run of dark modules of a row. */
static void draw_row(const struct qr_symbol *symbol, long row, uint32_t margin,
                     struct buf *ret_file)
{
    long width = (long)symbol->width;
    for (long column = 0; column < width; column++) {
        long end = column;
        while (qr_symbol_is_dark(symbol, row, end)) {
            end++;
        }
        if (end > column) {
            buf_print(ret_file, "M%ld %ldh%ldv1H%ldz", column + (long)margin, row + (long)margin,
                      end - column, column + (long)margin);
            column = end;
        }
    }
}

status_t qr_svg_draw(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                     struct buf *ret_file, struct problem *problem)
{
    size_t pixels = 0;
    TRY(qr_symbol_pixels(symbol, drawing, &pixels, problem));
    size_t side = symbol->width + (size_t)2 * drawing->margin;
    buf_print(ret_file,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" "
              "viewBox=\"0 0 %zu %zu\" shape-rendering=\"crispEdges\">\n"
              "<rect width=\"%zu\" height=\"%zu\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"",
              pixels, pixels, side, side, side, side);
    for (long row = 0; row < (long)symbol->width; row++) {
        draw_row(symbol, row, drawing->margin, ret_file);
    }
    buf_append_text(ret_file, "\"/>\n</svg>\n");
    return buf_status(ret_file);
}

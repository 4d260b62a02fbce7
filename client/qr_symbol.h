/* A QR symbol: its modules, and drawn as PNG or SVG. It is the passcode in another writing, so it
 * lives in secret buffers. */
#ifndef MINTMARK_CLIENT_QR_SYMBOL_H
#define MINTMARK_CLIENT_QR_SYMBOL_H

#include "lib/base/buf.h"

enum {
    QR_SYMBOL_MARGIN = 4, /* modules of quiet zone that ISO/IEC 18004 asks for */
    QR_SYMBOL_MARGIN_MAX = 64,
    QR_SYMBOL_SCALE = 8, /* pixels a module */
    QR_SYMBOL_SCALE_MAX = 64,
    QR_SYMBOL_PIXELS_MAX = 4096, /* of a side: 2 MiB while it is drawn */
};

struct qr_symbol {
    struct buf modules; /* width * width bytes, row by row: 1 dark, 0 light */
    size_t width;
};

/* Error correction M, smallest version that holds the text. Refuses a text that fits none
 * (QR_TOO_LONG). Caller ends ret_symbol. */
MUST_USE status_t qr_symbol_make(const char *text, struct qr_symbol *ret_symbol,
                                 struct problem *problem);
void qr_symbol_done(struct qr_symbol *symbol); /* accepts a zeroed struct */
OWN_VALUE(struct qr_symbol, qr_symbol_done)

/* Outside the symbol everything is light. */
bool qr_symbol_is_dark(const struct qr_symbol *symbol, long row, long column);

/* How a symbol is drawn: `scale` pixels a module, `margin` modules of light around it. */
struct qr_drawing {
    uint32_t scale;
    uint32_t margin;
};

/* Append a whole file: black on white. PNG of two colours; SVG whose unit is a module, `scale`
 * pixels of it wide by default. Refuse (QR_IMAGE_SIZE) more than QR_SYMBOL_PIXELS_MAX a side. */
MUST_USE status_t qr_png_draw(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                              struct buf *ret_file, struct problem *problem);
MUST_USE status_t qr_svg_draw(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                              struct buf *ret_file, struct problem *problem);

/* Pixels of a side. */
MUST_USE status_t qr_symbol_pixels(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                                   size_t *ret_pixels, struct problem *problem);

#endif

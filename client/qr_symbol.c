#include "client/qr_symbol.h"

#include <openssl/crypto.h>
#include <qrencode.h>

enum { WIDTH_MAX = 177 }; /* version 40, ISO/IEC 18004 */

void qr_symbol_done(struct qr_symbol *symbol)
{
    buf_done(&symbol->modules);
    symbol->width = 0;
}

status_t qr_symbol_make(const char *text, struct qr_symbol *ret_symbol, struct problem *problem)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (code == NULL) {
        return problem_say(problem, STATUS_TOO_LARGE, "QR_TOO_LONG", "qr",
                           "no QR symbol with error correction M holds %zu characters: leave "
                           "further data out",
                           strlen(text));
    }
    size_t count = (size_t)code->width * (size_t)code->width;
    struct qr_symbol symbol = {.width = (size_t)code->width};
    buf_init_secret(&symbol.modules, (size_t)WIDTH_MAX * WIDTH_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_append_byte(&symbol.modules, code->data[i] & 1);
    }
    OPENSSL_cleanse(code->data, count);
    QRcode_free(code);
    status_t status = buf_status(&symbol.modules);
    if (status != STATUS_OK) {
        qr_symbol_done(&symbol);
        return status;
    }
    *ret_symbol = symbol;
    return STATUS_OK;
}

bool qr_symbol_is_dark(const struct qr_symbol *symbol, long row, long column)
{
    long width = (long)symbol->width;
    return row >= 0 && column >= 0 && row < width && column < width &&
           symbol->modules.data[row * width + column] != 0;
}

status_t qr_symbol_pixels(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                          size_t *ret_pixels, struct problem *problem)
{
    size_t pixels = (symbol->width + (size_t)2 * drawing->margin) * drawing->scale;
    if (pixels > QR_SYMBOL_PIXELS_MAX) {
        return problem_say(problem, STATUS_INVALID, "QR_IMAGE_SIZE", "scale",
                           "the image would have %zu pixels a side, the limit is %d: make scale or "
                           "margin smaller",
                           pixels, QR_SYMBOL_PIXELS_MAX);
    }
    *ret_pixels = pixels;
    return STATUS_OK;
}

#include <png.h>

#include "client/qr_symbol.h"

enum { LIGHT, DARK, COLOURS };

/* One byte a pixel: an index into the colours. */
static status_t paint(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                      size_t pixels, struct buf *ret_raster)
{
    uint8_t *at = buf_extend(ret_raster, pixels * pixels);
    if (at == NULL) {
        return buf_status(ret_raster);
    }
    for (size_t y = 0; y < pixels; y++) {
        long row = (long)(y / drawing->scale) - (long)drawing->margin;
        for (size_t x = 0; x < pixels; x++) {
            long column = (long)(x / drawing->scale) - (long)drawing->margin;
            *at++ = qr_symbol_is_dark(symbol, row, column) ? DARK : LIGHT;
        }
    }
    return STATUS_OK;
}

static status_t refuse(png_image *image, struct problem *problem)
{
    status_t status = problem_say(problem, STATUS_INTERNAL, "PNG", "png",
                                  "the PNG could not be made: %s", image->message);
    png_image_free(image);
    return status;
}

status_t qr_png_draw(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                     struct buf *ret_file, struct problem *problem)
{
    static const uint8_t colours[COLOURS][3] = {[LIGHT] = {255, 255, 255}, [DARK] = {0, 0, 0}};
    size_t pixels = 0;
    AUTO(buf_done) struct buf raster;
    buf_init_secret(&raster, (size_t)QR_SYMBOL_PIXELS_MAX * QR_SYMBOL_PIXELS_MAX);
    TRY(qr_symbol_pixels(symbol, drawing, &pixels, problem));
    TRY(paint(symbol, drawing, pixels, &raster));
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)pixels,
                       .height = (png_uint_32)pixels,
                       .format = PNG_FORMAT_RGB_COLORMAP,
                       .colormap_entries = COLOURS};
    png_alloc_size_t size = 0;
    if (!png_image_write_get_memory_size(image, size, 0, raster.data, 0, colours)) {
        return refuse(&image, problem);
    }
    uint8_t *file = buf_extend(ret_file, size);
    if (file == NULL) {
        return buf_status(ret_file);
    }
    if (!png_image_write_to_memory(&image, file, &size, 0, raster.data, 0, colours)) {
        return refuse(&image, problem);
    }
    return STATUS_OK;
}

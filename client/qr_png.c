/* PNG (ISO/IEC 15948) of one bit a pixel: signature, IHDR, PLTE, IDAT, IEND. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "client/qr_symbol.h"

enum { LIGHT, DARK, COLOURS };
enum { BIT_DEPTH = 1, COLOUR_PALETTE = 3, FILTER_NONE = 0 };

static void append_be32(struct buf *file, uint32_t value)
{
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        buf_append_byte(file, (uint8_t)(value >> (shift - 8)));
    }
}

/* Length, type, data, and the CRC of the last two. */
static void append_chunk(struct buf *file, const char *type, struct span data)
{
    append_be32(file, (uint32_t)data.size);
    buf_append_text(file, type);
    buf_append_span(file, data);
    uLong crc = crc32_z(0, (const uint8_t *)type, strlen(type));
    append_be32(file, (uint32_t)(data.size > 0 ? crc32_z(crc, data.data, data.size) : crc));
}

/* A row is its filter's number, then the pixels from the highest bit down. */
static status_t paint(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                      size_t pixels, struct buf *ret_raster)
{
    size_t row_size = 1 + (pixels + 7) / 8;
    uint8_t *at = buf_extend(ret_raster, pixels * row_size);
    if (at == NULL) {
        return buf_status(ret_raster);
    }
    memset(at, FILTER_NONE, pixels * row_size);
    for (size_t y = 0; y < pixels; y++, at += row_size) {
        long row = (long)(y / drawing->scale) - (long)drawing->margin;
        for (size_t x = 0; x < pixels; x++) {
            long column = (long)(x / drawing->scale) - (long)drawing->margin;
            if (qr_symbol_is_dark(symbol, row, column)) {
                at[1 + x / 8] |= (uint8_t)(0x80 >> x % 8);
            }
        }
    }
    return STATUS_OK;
}

static void *take_memory(void *context, unsigned count, unsigned size)
{
    (void)context;
    return calloc(count, size);
}

/* The symbol is the passcode: what zlib saw of it is wiped. */
static void wipe_memory(void *context, void *memory)
{
    (void)context;
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

static status_t compress_raster(struct buf *raster, struct buf *ret_stream)
{
    z_stream stream = {.zalloc = take_memory, .zfree = wipe_memory};
    if (deflateInit(&stream, Z_BEST_COMPRESSION) != Z_OK) {
        return STATUS_NO_MEMORY;
    }
    stream.next_in = raster->data;
    stream.avail_in = (uInt)raster->size;
    stream.avail_out = (uInt)deflateBound(&stream, (uLong)raster->size);
    stream.next_out = buf_extend(ret_stream, stream.avail_out);
    bool done = stream.next_out != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    ret_stream->size -= done ? stream.avail_out : 0;
    (void)deflateEnd(&stream);
    TRY(buf_status(ret_stream));
    return done ? STATUS_OK : STATUS_INTERNAL;
}

static void append_header(struct buf *file, size_t pixels)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t colours[COLOURS][3] = {[LIGHT] = {255, 255, 255}, [DARK] = {0, 0, 0}};
    static const uint8_t rest[] = {BIT_DEPTH, COLOUR_PALETTE, 0, 0, 0}; /* as PNG has them */
    AUTO(buf_done) struct buf header;
    buf_init(&header, 2 * sizeof(uint32_t) + sizeof(rest));
    append_be32(&header, (uint32_t)pixels);
    append_be32(&header, (uint32_t)pixels);
    buf_append_span(&header, SPAN_OF(rest));
    buf_append_span(file, SPAN_OF(signature));
    append_chunk(file, "IHDR", buf_span(&header));
    append_chunk(file, "PLTE", span_make(colours, sizeof(colours)));
}

status_t qr_png_draw(const struct qr_symbol *symbol, const struct qr_drawing *drawing,
                     struct buf *ret_file, struct problem *problem)
{
    enum { RASTER_MAX = QR_SYMBOL_PIXELS_MAX * (1 + QR_SYMBOL_PIXELS_MAX / 8) };
    size_t pixels = 0;
    AUTO(buf_done) struct buf raster;
    AUTO(buf_done) struct buf stream;
    buf_init_secret(&raster, RASTER_MAX);
    buf_init_secret(&stream, (size_t)2 * RASTER_MAX);
    TRY(qr_symbol_pixels(symbol, drawing, &pixels, problem));
    TRY(paint(symbol, drawing, pixels, &raster));
    TRY(compress_raster(&raster, &stream));
    append_header(ret_file, pixels);
    append_chunk(ret_file, "IDAT", buf_span(&stream));
    append_chunk(ret_file, "IEND", (struct span){0});
    return buf_status(ret_file);
}

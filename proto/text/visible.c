#include "proto/text/visible.h"

#include "lib/base/utf8.h"

/* Unicode's format characters (general category Cf), separators and non-characters, as far as they
 * can mislead a reader: zero width, direction, tags. */
static bool is_hidden(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } RANGES[] = {
        {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E},
        {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000}, {0x3164, 0x3164},
        {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
        if (point >= RANGES[i].first && point <= RANGES[i].last) {
            return true;
        }
    }
    return false;
}

/* The character at the front of valid UTF-8 (RFC 3629 §3). */
static uint32_t take_point(const uint8_t *bytes, size_t *ret_size)
{
    uint8_t lead = bytes[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        point = point << 6 | (bytes[i] & 0x3Fu);
    }
    *ret_size = size;
    return point;
}

static void append_escape(uint32_t point, struct buf *text)
{
    if (point == '\n') {
        buf_append_text(text, "\\n");
    } else if (point == '\t') {
        buf_append_text(text, "\\t");
    } else if (point <= 0xFF) {
        buf_print(text, "\\x%02X", point);
    } else if (point <= 0xFFFF) {
        buf_print(text, "\\u%04X", point);
    } else {
        buf_print(text, "\\U%08X", point);
    }
}

status_t text_visible_append(struct span text, bool quoted, struct buf *ret_text)
{
    if (!utf8_is_text(text)) {
        return STATUS_MALFORMED;
    }
    size_t size = 0;
    for (size_t at = 0; at < text.size; at += size) {
        uint32_t point = take_point(text.data + at, &size);
        if (is_hidden(point)) {
            append_escape(point, ret_text);
            continue;
        }
        if (quoted && (point == '"' || point == '\\')) {
            buf_append_byte(ret_text, '\\');
        }
        buf_append(ret_text, text.data + at, size);
    }
    return buf_status(ret_text);
}

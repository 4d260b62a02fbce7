#include "proto/text/utf8.h"

/* Bytes of the character that `lead` starts; the second byte's range is the special one
 * (RFC 3629 §4, UTF8-3 and UTF8-4). 0 when it starts none. */
static size_t sequence_of(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

size_t text_utf8_check(struct span bytes)
{
    size_t at = 0;
    while (at < bytes.size) {
        uint8_t low;
        uint8_t high;
        size_t length = sequence_of(bytes.data[at], &low, &high);
        if (length == 0 || length > bytes.size - at) {
            return at;
        }
        for (size_t i = 1; i < length; i++) {
            uint8_t byte = bytes.data[at + i];
            if (byte < low || byte > high) {
                return at;
            }
            low = 0x80;
            high = 0xBF;
        }
        at += length;
    }
    return at;
}

bool text_utf8_is_text(struct span bytes)
{
    return text_utf8_check(bytes) == bytes.size &&
           (bytes.size == 0 || memchr(bytes.data, 0, bytes.size) == NULL);
}

#include "lib/nvs/utf8.h"

/* Bytes of the sequence that starts with `lead`, and the bounds of its second byte (RFC 3629 §4);
 * 0 when no sequence starts so. */
static size_t sequence(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0x80) {
        return lead == 0 ? 0 : 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

bool nvs_utf8_valid(struct span text)
{
    for (size_t at = 0; at < text.size;) {
        uint8_t low = 0;
        uint8_t high = 0;
        size_t length = sequence(text.data[at], &low, &high);
        if (length == 0 || length > text.size - at) {
            return false;
        }
        for (size_t i = 1; i < length; i++) {
            uint8_t byte = text.data[at + i];
            if (byte < low || byte > high) {
                return false;
            }
            low = 0x80;
            high = 0xBF;
        }
        at += length;
    }
    return true;
}

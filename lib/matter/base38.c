#include "lib/matter/base38.h"

enum { BASE = 38, GROUP_BYTES = 3, GROUP_DIGITS = 5 };

static const char base38_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.";

void matter_base38_encode(struct span bytes, char *ret_text)
{
    for (size_t i = 0; i < bytes.size; i += GROUP_BYTES) {
        size_t count = bytes.size - i < GROUP_BYTES ? bytes.size - i : GROUP_BYTES;
        uint32_t group = 0;
        for (size_t k = 0; k < count; k++) {
            group |= (uint32_t)bytes.data[i + k] << (8 * k);
        }
        for (size_t k = 0; k < matter_base38_length(count); k++) {
            *ret_text++ = base38_digits[group % BASE];
            group /= BASE;
        }
    }
    *ret_text = '\0';
}

/* Value of `count` digits, least significant first; UINT32_MAX when one is not a digit. Five digits
 * stay below 2^27. */
static uint32_t group_value(const uint8_t *digits, size_t count)
{
    uint32_t value = 0;
    while (count-- > 0) {
        const char *place = digits[count] == '\0' ? NULL : strchr(base38_digits, digits[count]);
        if (place == NULL) {
            return UINT32_MAX;
        }
        value = value * BASE + (uint32_t)(place - base38_digits);
    }
    return value;
}

status_t matter_base38_decode(struct span text, struct buf *ret_bytes)
{
    static const size_t bytes_of[GROUP_DIGITS + 1] = {0, 0, 1, 0, 2, 3}; /* by digits; 0: none */
    size_t before = ret_bytes->size;
    for (size_t i = 0; i < text.size; i += GROUP_DIGITS) {
        size_t digits = text.size - i < GROUP_DIGITS ? text.size - i : GROUP_DIGITS;
        size_t count = bytes_of[digits];
        uint32_t value = group_value(text.data + i, digits);
        if (count == 0 || value >> (8 * count) != 0) {
            ret_bytes->size = before;
            return STATUS_MALFORMED;
        }
        for (size_t k = 0; k < count; k++) {
            buf_append_byte(ret_bytes, (uint8_t)(value >> (8 * k)));
        }
    }
    return buf_status(ret_bytes);
}

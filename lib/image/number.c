#include "lib/image/number.h"

/* 16 for what is not a digit. */
static unsigned digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    unsigned letter = (c | 0x20u) - 'a';
    return letter < 6 ? letter + 10 : 16;
}

bool image_number_read(struct span text, uint32_t *ret_number)
{
    bool zero = text.size > 1 && text.data[0] == '0';
    bool hexadecimal = zero && text.size > 2 && (text.data[1] | 0x20) == 'x';
    unsigned base = hexadecimal ? 16 : 10;
    uint64_t value = 0;
    if (text.size == 0 || (zero && !hexadecimal)) {
        return false;
    }
    for (size_t i = hexadecimal ? 2 : 0; i < text.size; i++) {
        value = value * base + digit(text.data[i]);
        if (digit(text.data[i]) >= base || value > UINT32_MAX) {
            return false;
        }
    }
    *ret_number = (uint32_t)value;
    return true;
}

#include "proto/text/varint.h"

void text_varint_append(struct buf *buf, uint64_t value)
{
    while (value >= 0x80) {
        buf_append_byte(buf, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    buf_append_byte(buf, (uint8_t)value);
}

bool text_varint_take(struct span *bytes, size_t size_max, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes->size && i < size_max; i++) {
        uint8_t byte = bytes->data[i];
        if (i == VARINT_64_MAX - 1 && byte > 1) {
            return false; /* beyond bit 63 */
        }
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            *bytes = span_make(bytes->data + i + 1, bytes->size - i - 1);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

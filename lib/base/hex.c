#include "lib/base/hex.h"

static const char HEX_DIGITS[] = "0123456789abcdef";
static const char BASE64_DIGITS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hex_encode(struct span bytes, char *ret_text)
{
    for (size_t i = 0; i < bytes.size; i++) {
        *ret_text++ = HEX_DIGITS[bytes.data[i] >> 4];
        *ret_text++ = HEX_DIGITS[bytes.data[i] & 15];
    }
    *ret_text = '\0';
}

/* One more than a digit's value; 0: none. A log has millions of them. */
static const uint8_t HEX_VALUES[UINT8_MAX + 1] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static int hex_value(uint8_t digit)
{
    return HEX_VALUES[digit] - 1;
}

static bool is_hex(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (hex_value(text.data[i]) < 0) {
            return false;
        }
    }
    return text.size % 2 == 0;
}

static void decode(struct span text, uint8_t *ret_bytes)
{
    for (size_t i = 0; i < text.size; i += 2) {
        *ret_bytes++ = (uint8_t)(hex_value(text.data[i]) << 4 | hex_value(text.data[i + 1]));
    }
}

status_t hex_decode(struct span text, struct buf *ret_bytes)
{
    if (!is_hex(text)) {
        return STATUS_MALFORMED;
    }
    uint8_t *place = buf_extend(ret_bytes, text.size / 2);
    if (place != NULL) {
        decode(text, place);
    }
    return buf_status(ret_bytes);
}

status_t hex_decode_into(struct span text, uint8_t *ret_bytes)
{
    if (!is_hex(text)) {
        return STATUS_MALFORMED;
    }
    decode(text, ret_bytes);
    return STATUS_OK;
}

void base64_encode(struct span bytes, char *ret_text)
{
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t rest = bytes.size - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16 |
                         (rest > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                         (rest > 2 ? bytes.data[i + 2] : 0);
        *ret_text++ = BASE64_DIGITS[group >> 18];
        *ret_text++ = BASE64_DIGITS[group >> 12 & 63];
        ret_text[0] = '=';
        ret_text[1] = '=';
        if (rest > 1) {
            ret_text[0] = BASE64_DIGITS[group >> 6 & 63];
        }
        if (rest > 2) {
            ret_text[1] = BASE64_DIGITS[group & 63];
        }
        ret_text += 2;
    }
    *ret_text = '\0';
}

static int base64_value(uint8_t digit)
{
    const char *place = digit == '\0' ? NULL : strchr(BASE64_DIGITS, digit);
    return place == NULL ? -1 : (int)(place - BASE64_DIGITS);
}

/* One group of four digits to 1..3 bytes; 0 when malformed. */
static size_t base64_group(const uint8_t *digits, bool last, uint8_t ret_bytes[static 3])
{
    size_t used = 4;
    if (last && digits[3] == '=') {
        used = digits[2] == '=' ? 2 : 3;
    }
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < used ? base64_value(digits[i]) : 0;
        if (value < 0) {
            return 0;
        }
        group = group << 6 | (uint32_t)value;
    }
    ret_bytes[0] = (uint8_t)(group >> 16);
    ret_bytes[1] = (uint8_t)(group >> 8);
    ret_bytes[2] = (uint8_t)group;
    for (size_t i = used - 1; i < 3; i++) {
        if (ret_bytes[i] != 0) {
            return 0; /* unused bits set: a second spelling of the same bytes */
        }
    }
    return used - 1;
}

status_t base64_decode(struct span text, struct buf *ret_bytes)
{
    size_t before = ret_bytes->size;
    if (text.size % 4 != 0) {
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < text.size; i += 4) {
        uint8_t bytes[3];
        size_t count = base64_group(text.data + i, i + 4 == text.size, bytes);
        if (count == 0) {
            ret_bytes->size = before;
            return STATUS_MALFORMED;
        }
        buf_append(ret_bytes, bytes, count);
    }
    return buf_status(ret_bytes);
}

#include "lib/base/utf8.h"

/* Bytes of the character that `lead` starts, 0 when it starts none, and the range of the second
 * byte, which rules out overlong forms, surrogates and what lies above U+10FFFF. */
static size_t sequence(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Size of the valid character at the front of `bytes`, or 0. */
static size_t character(struct span bytes)
{
    uint8_t low = 0;
    uint8_t high = 0;
    size_t size = sequence(bytes.data[0], &low, &high);
    if (size > bytes.size) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (bytes.data[i] < low || bytes.data[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return size;
}

static size_t walk(struct span bytes, size_t *ret_characters)
{
    size_t at = 0;
    *ret_characters = 0;
    while (at < bytes.size) {
        size_t size = character(span_make(bytes.data + at, bytes.size - at));
        if (size == 0) {
            break;
        }
        at += size;
        (*ret_characters)++;
    }
    return at;
}

size_t utf8_check(struct span bytes)
{
    size_t characters = 0;
    return walk(bytes, &characters);
}

bool utf8_is_text(struct span bytes)
{
    return utf8_check(bytes) == bytes.size &&
           (bytes.size == 0 || memchr(bytes.data, 0, bytes.size) == NULL);
}

/* C0, DEL, and C1, which some terminals obey too. */
static bool is_control(const uint8_t *character, size_t size)
{
    return size == 1 ? character[0] < 0x20 || character[0] == 0x7F
                     : size == 2 && character[0] == 0xC2 && character[1] < 0xA0;
}

void utf8_clean(struct span text, char *ret_text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size;) {
        const uint8_t *at = text.data + i;
        size_t step = character(span_make(at, text.size - i));
        bool as_is = step > 0 && !is_control(at, step);
        size_t written = as_is ? step : 1;
        if (count + written >= size) {
            break;
        }
        if (as_is) {
            memcpy(ret_text + count, at, step);
        } else {
            ret_text[count] = step > 0 ? ' ' : '?';
        }
        count += written;
        i += step > 0 ? step : 1;
    }
    ret_text[count] = '\0';
}

status_t utf8_length(struct span bytes, size_t *ret_characters)
{
    size_t characters = 0;
    if (walk(bytes, &characters) != bytes.size) {
        return STATUS_MALFORMED;
    }
    *ret_characters = characters;
    return STATUS_OK;
}

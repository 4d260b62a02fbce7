#include "client/number.h"

#include <stdbool.h>

/* 16 for what is not a digit. */
static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return (unsigned)(digit - 'a') + 10;
    }
    return digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A') + 10 : 16;
}

status_t number_read(const char *field, const char *text, uint32_t max, uint32_t *ret_number,
                     struct problem *problem)
{
    bool hexadecimal = text[0] == '0' && text[1] == 'x';
    const char *digits = hexadecimal ? text + 2 : text;
    unsigned base = hexadecimal ? 16 : 10;
    bool valid = digits[0] != '\0' && (hexadecimal || digits[0] != '0' || digits[1] == '\0');
    uint64_t value = 0;
    for (; valid && *digits != '\0'; digits++) {
        unsigned digit = digit_value(*digits);
        valid = digit < base && value <= UINT32_MAX;
        value = value * base + digit;
    }
    if (!valid || value > max) {
        return problem_say(problem, STATUS_INVALID, "NUMBER", field,
                           "not a number from 0 to %u: write it in decimal without leading zeros, "
                           "or as 0x and hexadecimal digits",
                           max);
    }
    *ret_number = (uint32_t)value;
    return STATUS_OK;
}

#include "proto/text/scalar.h"

#include <assert.h>

struct integer_type {
    uint64_t positive_max;
    uint64_t negative_max; /* largest magnitude behind a '-' */
    const char *range;
};

static const struct integer_type *integer_type(ProtobufCType type)
{
    static const struct integer_type INT32 = {INT32_MAX, (uint64_t)INT32_MAX + 1,
                                              "from -2147483648 to 2147483647"};
    static const struct integer_type UINT32 = {UINT32_MAX, 0, "from 0 to 4294967295"};
    static const struct integer_type INT64 = {INT64_MAX, (uint64_t)INT64_MAX + 1,
                                              "from -9223372036854775808 to 9223372036854775807"};
    static const struct integer_type UINT64 = {UINT64_MAX, 0, "from 0 to 18446744073709551615"};
    if (type == PROTOBUF_C_TYPE_INT32) {
        return &INT32;
    }
    if (type == PROTOBUF_C_TYPE_UINT32) {
        return &UINT32;
    }
    if (type == PROTOBUF_C_TYPE_INT64) {
        return &INT64;
    }
    assert(type == PROTOBUF_C_TYPE_UINT64);
    return &UINT64;
}

const char *text_scalar_range(ProtobufCType type)
{
    return integer_type(type)->range;
}

static int digit_value(uint8_t c, int base)
{
    int value = 99;
    if (c >= '0' && c <= '9') {
        value = c - '0';
    } else if (c >= 'a' && c <= 'f') {
        value = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
        value = c - 'A' + 10;
    }
    return value < base ? value : -1;
}

/* Every character is looked at before the range is judged: 99…9x is no number, not a large one. */
static status_t read_digits(struct span digits, uint64_t base, uint64_t *ret_value)
{
    uint64_t value = 0;
    bool overflow = false;
    if (digits.size == 0) {
        return STATUS_INVALID;
    }
    for (size_t i = 0; i < digits.size; i++) {
        int digit = digit_value(digits.data[i], (int)base);
        if (digit < 0) {
            return STATUS_INVALID;
        }
        overflow = overflow || value > (UINT64_MAX - (uint64_t)digit) / base;
        value = value * base + (uint64_t)digit;
    }
    if (overflow) {
        return STATUS_TOO_LARGE;
    }
    *ret_value = value;
    return STATUS_OK;
}

static bool is_hex(struct span text)
{
    return text.size > 2 && memcmp(text.data, "0x", 2) == 0;
}

static status_t read_hex(struct span text, uint64_t *ret_value)
{
    enum { DIGITS_MAX = 16 };
    return text.size <= 2 + DIGITS_MAX
               ? read_digits(span_make(text.data + 2, text.size - 2), 16, ret_value)
               : STATUS_INVALID;
}

/* Leading zeros are octal to some readers and decimal to others. */
static status_t read_decimal(struct span text, bool negative, uint64_t *ret_value)
{
    bool leading_zero = text.size > 0 && text.data[0] == '0' && (text.size > 1 || negative);
    return leading_zero ? STATUS_INVALID : read_digits(text, 10, ret_value);
}

status_t text_scalar_integer(ProtobufCType type, struct span text, uint64_t *ret_wire)
{
    const struct integer_type *limits = integer_type(type);
    uint64_t value = 0;
    if (limits->negative_max > 0 && text.size > 0 && text.data[0] == '-') {
        TRY(read_decimal(span_make(text.data + 1, text.size - 1), true, &value));
        if (value > limits->negative_max) {
            return STATUS_TOO_LARGE;
        }
        *ret_wire = ~value + 1;
        return STATUS_OK;
    }
    TRY(is_hex(text) ? read_hex(text, &value) : read_decimal(text, false, &value));
    if (value > limits->positive_max) {
        return STATUS_TOO_LARGE;
    }
    *ret_wire = value;
    return STATUS_OK;
}

status_t text_scalar_boolean(struct span text, uint64_t *ret_wire)
{
    bool yes = span_equal(text, span_text("true"));
    if (!yes && !span_equal(text, span_text("false"))) {
        return STATUS_INVALID;
    }
    *ret_wire = yes ? 1 : 0;
    return STATUS_OK;
}

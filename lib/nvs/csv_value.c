#include "lib/nvs/csv_value.h"

#include <ctype.h>

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/nvs/format.h"

/* Room for the text before the value is decoded, and for a filled blob. */
enum { DECODED_MAX = NVS_CSV_TEXT_MAX };

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span trim(struct span text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text = span_make(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && is_space(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] > 0x7F) {
            return false;
        }
    }
    return true;
}

/* ---- integers ---- */

/* Decimal digits with at most one sign in front; false when it is none or passes 64 bits. */
static bool parse_decimal(struct span text, bool *ret_negative, uint64_t *ret_magnitude)
{
    uint64_t magnitude = 0;
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t at = negative || (text.size > 0 && text.data[0] == '+') ? 1 : 0;
    if (at == text.size) {
        return false;
    }
    for (; at < text.size; at++) {
        uint8_t digit = (uint8_t)(text.data[at] - '0');
        if (digit > 9 || magnitude > (UINT64_MAX - digit) / 10) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    *ret_negative = negative;
    *ret_magnitude = magnitude;
    return true;
}

static status_t say_range(const struct nvs_csv_value *value, struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "NVS_VALUE_RANGE", "",
                       "the value of key '%s' does not fit its type %s: use a wider one",
                       value->key, value->encoding);
}

static status_t read_integer(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                             struct problem *problem)
{
    bool negative = false;
    uint64_t magnitude = 0;
    bool is_signed = ((unsigned)decoded->type & 0x10) != 0;
    if (!parse_decimal(trim(value->bytes), &negative, &magnitude)) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_NUMBER", "",
                           "the value of key '%s' is not a whole decimal number of 64 bits: write "
                           "digits only, no 0x, no '_'",
                           value->key);
    }
    uint64_t limit = is_signed ? (uint64_t)INT64_MAX + (negative ? 1 : 0) : UINT64_MAX;
    if ((negative && !is_signed && magnitude > 0) || magnitude > limit) {
        return say_range(value, problem);
    }
    decoded->integer = negative ? UINT64_C(0) - magnitude : magnitude;
    return nvs_writer_integer_fits(decoded->type, decoded->integer) ? STATUS_OK
                                                                    : say_range(value, problem);
}

/* ---- strings and blobs ---- */

static status_t read_string(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                            struct problem *problem)
{
    if (value->from_file && !utf8_is_text(value->bytes)) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_UTF8", "",
                           "the file of key '%s' is not UTF-8 text: use the encoding binary",
                           value->key);
    }
    buf_append_span(&decoded->bytes, value->bytes);
    return buf_status(&decoded->bytes);
}

static status_t read_binary(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                            struct problem *problem)
{
    if (!value->from_file && !is_ascii(value->bytes)) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_BINARY_NOT_ASCII", "",
                           "the binary value of key '%s' is not ASCII, and nvs_partition_gen "
                           "stores such values unreadably: use hex2bin or a file",
                           value->key);
    }
    buf_append_span(&decoded->bytes, value->bytes);
    return buf_status(&decoded->bytes);
}

static status_t read_hex(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                         struct problem *problem)
{
    if (hex_decode(trim(value->bytes), &decoded->bytes) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_HEX", "",
                           "the value of key '%s' is not an even number of hex digits", value->key);
    }
    return STATUS_OK;
}

static status_t read_base64(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                            struct problem *problem)
{
    AUTO(buf_done) struct buf digits;
    buf_init_secret(&digits, DECODED_MAX);
    for (size_t i = 0; i < value->bytes.size; i++) {
        if (!is_space(value->bytes.data[i])) { /* files are often wrapped in lines */
            buf_append_byte(&digits, value->bytes.data[i]);
        }
    }
    TRY(buf_status(&digits));
    if (base64_decode(buf_span(&digits), &decoded->bytes) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_BASE64", "",
                           "the value of key '%s' is not base64 with its padding", value->key);
    }
    return STATUS_OK;
}

/* ---- filled blobs: blob_fill(N;0xHH), blob_sz_fill(N;0xHH) ---- */

static int hex_digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *place = c == '\0' ? NULL : strchr(DIGITS, tolower((unsigned char)c));
    return place == NULL ? -1 : (int)(place - DIGITS);
}

static bool parse_fill(const char *arguments, size_t *ret_size, uint8_t *ret_fill)
{
    size_t size = 0;
    const char *at = arguments;
    for (; *at >= '0' && *at <= '9' && size <= NVS_BLOB_MAX; at++) {
        size = size * 10 + (size_t)(*at - '0');
    }
    if (at == arguments || strncmp(at, ";0x", 3) != 0 || strlen(at) != 6 || at[5] != ')') {
        return false;
    }
    int high = hex_digit(at[3]);
    int low = hex_digit(at[4]);
    if (high < 0 || low < 0) {
        return false;
    }
    *ret_size = size;
    *ret_fill = (uint8_t)(high << 4 | low);
    return true;
}

static status_t read_filled(const struct nvs_csv_value *value, bool with_size,
                            struct nvs_csv_decoded *decoded, struct problem *problem)
{
    size_t size = 0;
    uint8_t fill = 0;
    if (value->from_file || !parse_fill(strchr(value->encoding, '(') + 1, &size, &fill)) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_FILL", "",
                           "the encoding of key '%s' must read like blob_fill(32;0x00), in a row "
                           "of type data",
                           value->key);
    }
    if (value->bytes.size > size || size > NVS_BLOB_MAX) {
        return problem_say(problem, STATUS_INVALID, "NVS_VALUE_TOO_LONG", "",
                           "the value of key '%s' is longer than its encoding allows: shorten it, "
                           "or raise the length in the encoding",
                           value->key);
    }
    if (with_size) {
        buf_append_le32(&decoded->bytes, (uint32_t)value->bytes.size);
    }
    buf_append_span(&decoded->bytes, value->bytes);
    buf_append_fill(&decoded->bytes, fill, size - value->bytes.size);
    return buf_status(&decoded->bytes);
}

static status_t read_fill(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                          struct problem *problem)
{
    return read_filled(value, false, decoded, problem);
}

static status_t read_size_fill(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                               struct problem *problem)
{
    return read_filled(value, true, decoded, problem);
}

/* ---- the table ---- */

typedef status_t read_t(const struct nvs_csv_value *value, struct nvs_csv_decoded *decoded,
                        struct problem *problem);

/* A name that ends with '(' is followed by arguments. */
static const struct encoding {
    const char *name;
    read_t *read;
    enum nvs_type type;
} ENCODINGS[] = {
    {"u8", read_integer, NVS_U8},
    {"i8", read_integer, NVS_I8},
    {"u16", read_integer, NVS_U16},
    {"i16", read_integer, NVS_I16},
    {"u32", read_integer, NVS_U32},
    {"i32", read_integer, NVS_I32},
    {"u64", read_integer, NVS_U64},
    {"i64", read_integer, NVS_I64},
    {"string", read_string, NVS_STRING},
    {"binary", read_binary, NVS_BLOB_DATA},
    {"hex2bin", read_hex, NVS_BLOB_DATA},
    {"base64", read_base64, NVS_BLOB_DATA},
    {"blob_fill(", read_fill, NVS_BLOB_DATA},
    {"blob_sz_fill(", read_size_fill, NVS_BLOB_DATA},
};

static bool matches(const char *name, const char *encoding)
{
    size_t length = strlen(name);
    return name[length - 1] == '(' ? strncmp(name, encoding, length) == 0
                                   : strcmp(name, encoding) == 0;
}

static const struct encoding *find_encoding(const char *name)
{
    for (size_t i = 0; i < sizeof(ENCODINGS) / sizeof(*ENCODINGS); i++) {
        if (matches(ENCODINGS[i].name, name)) {
            return &ENCODINGS[i];
        }
    }
    return NULL;
}

void nvs_csv_decoded_done(struct nvs_csv_decoded *decoded)
{
    buf_done(&decoded->bytes);
    *decoded = (struct nvs_csv_decoded){0};
}

status_t nvs_csv_value_decode(const struct nvs_csv_value *value,
                              struct nvs_csv_decoded *ret_decoded, struct problem *problem)
{
    const struct encoding *encoding = find_encoding(value->encoding);
    if (encoding == NULL) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_ENCODING", "",
                           "the encoding of key '%s' is none of u8 i8 u16 i16 u32 i32 u64 i64 "
                           "string binary hex2bin base64 blob_fill(N;0xHH) blob_sz_fill(N;0xHH), "
                           "in lower case",
                           value->key);
    }
    AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {.type = encoding->type};
    buf_init_secret(&decoded.bytes, DECODED_MAX);
    TRY(encoding->read(value, &decoded, problem));
    *ret_decoded = decoded;
    decoded = (struct nvs_csv_decoded){0};
    return STATUS_OK;
}

status_t nvs_csv_value_write(struct nvs_writer *writer, const struct nvs_csv_value *value,
                             struct problem *problem)
{
    AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
    TRY(nvs_csv_value_decode(value, &decoded, problem));
    if (decoded.type == NVS_STRING) {
        return nvs_writer_string(writer, value->key, buf_span(&decoded.bytes), problem);
    }
    if (decoded.type == NVS_BLOB_DATA) {
        return nvs_writer_blob(writer, value->key, buf_span(&decoded.bytes), problem);
    }
    return nvs_writer_integer(writer, value->key, decoded.type, decoded.integer, problem);
}

#include "proto/wire/grpc.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/hex.h"
#include "lib/base/utf8.h"

static const char *const CODE_NAMES[WIRE_GRPC_CODES] = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

const char *wire_grpc_code_name(int code)
{
    return code >= 0 && code < WIRE_GRPC_CODES ? CODE_NAMES[code] : "UNKNOWN";
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Nanoseconds of one unit, 0 when it is none (SPEC.md §2.3). */
static uint64_t unit_ns(uint8_t unit)
{
    switch (unit) {
    case 'H':
        return 3600000000000u;
    case 'M':
        return 60000000000u;
    case 'S':
        return 1000000000u;
    case 'm':
        return 1000000u;
    case 'u':
        return 1000u;
    case 'n':
        return 1u;
    default:
        return 0;
    }
}

status_t wire_grpc_timeout_parse(struct span text, uint64_t *ret_us)
{
    if (text.size < 2 || text.size > 9) {
        return STATUS_MALFORMED;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.size - 1; i++) {
        if (!is_digit(text.data[i])) {
            return STATUS_MALFORMED;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    uint64_t unit = unit_ns(text.data[text.size - 1]);
    if (unit == 0) {
        return STATUS_MALFORMED;
    }
    /* 99999999 H are 3.6e17 microseconds: no overflow when the unit is divided first */
    *ret_us = unit >= 1000 ? value * (unit / 1000) : (value + 999) / 1000;
    return STATUS_OK;
}

void wire_grpc_timeout_print(uint32_t milliseconds, char ret_text[static WIRE_GRPC_TIMEOUT_MAX])
{
    bool short_enough = milliseconds < 100000000u;
    (void)snprintf(ret_text, WIRE_GRPC_TIMEOUT_MAX, "%u%c",
                   (unsigned)(short_enough ? milliseconds : milliseconds / 1000),
                   short_enough ? 'm' : 'S');
}

status_t wire_grpc_status_parse(struct span text, int *ret_code)
{
    if (text.size < 1 || text.size > 2 || !is_digit(text.data[0]) ||
        (text.size == 2 && (text.data[0] == '0' || !is_digit(text.data[1])))) {
        return STATUS_MALFORMED;
    }
    int code = text.data[0] - '0';
    if (text.size == 2) {
        code = code * 10 + (text.data[1] - '0');
    }
    if (code >= WIRE_GRPC_CODES) {
        return STATUS_MALFORMED;
    }
    *ret_code = code;
    return STATUS_OK;
}

bool wire_grpc_content_type_fits(struct span text)
{
    static const char plain[] = "application/grpc";
    static const char proto[] = "application/grpc+proto";
    for (int i = 0; i < 2; i++) {
        struct span name = span_text(i == 0 ? plain : proto);
        if (text.size >= name.size && memcmp(text.data, name.data, name.size) == 0 &&
            (text.size == name.size || text.data[name.size] == ';')) {
            return true;
        }
    }
    return false;
}

void wire_grpc_message_encode(const char *text, struct buf *ret_text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p != '\0'; p++) {
        uint8_t byte = (uint8_t)*p;
        if (byte >= 0x20 && byte <= 0x7E && byte != '%') {
            buf_append_byte(ret_text, byte);
        } else {
            const char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            buf_append(ret_text, escape, sizeof(escape));
        }
    }
}

static int digit_value(uint8_t digit)
{
    if (is_digit(digit)) {
        return digit - '0';
    }
    uint8_t lower = digit | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void wire_grpc_message_decode(struct span text, char *ret_text, size_t size)
{
    uint8_t plain[WIRE_GRPC_MESSAGE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < text.size && count < sizeof(plain); i++) {
        int high = i + 2 < text.size && text.data[i] == '%' ? digit_value(text.data[i + 1]) : -1;
        int low = high >= 0 ? digit_value(text.data[i + 2]) : -1;
        if (low >= 0) {
            plain[count++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            plain[count++] = text.data[i];
        }
    }
    utf8_clean(span_make(plain, count), ret_text, size);
}

void wire_grpc_binary_encode(struct span bytes, struct buf *ret_text)
{
    size_t padded = 4 * ((bytes.size + 2) / 3);
    uint8_t *place = buf_extend(ret_text, padded + 1);
    if (place == NULL) {
        return;
    }
    base64_encode(bytes, (char *)place);
    size_t padding = (3 - bytes.size % 3) % 3;
    ret_text->size -= padding + 1; /* and the NUL */
}

status_t wire_grpc_binary_decode(struct span text, struct buf *ret_bytes)
{
    while (text.size > 0 && text.data[text.size - 1] == '=') {
        text.size--;
    }
    AUTO(buf_done) struct buf padded;
    buf_init(&padded, text.size + 3);
    buf_append_span(&padded, text);
    buf_append_fill(&padded, '=', (4 - text.size % 4) % 4);
    TRY(buf_status(&padded));
    return base64_decode(buf_span(&padded), ret_bytes);
}

int wire_grpc_code_of_reset(uint32_t http2_error)
{
    switch (http2_error) {
    case NGHTTP2_REFUSED_STREAM:
        return WIRE_GRPC_UNAVAILABLE;
    case NGHTTP2_CANCEL:
        return status_grpc_code(STATUS_CANCELLED);
    case NGHTTP2_ENHANCE_YOUR_CALM:
        return status_grpc_code(STATUS_EXHAUSTED);
    case NGHTTP2_INADEQUATE_SECURITY:
        return status_grpc_code(STATUS_DENIED);
    default:
        return status_grpc_code(STATUS_INTERNAL);
    }
}

int wire_grpc_code_of_http(int http_status)
{
    switch (http_status) {
    case 400:
    case 431:
        return status_grpc_code(STATUS_INTERNAL);
    case 401:
        return status_grpc_code(STATUS_UNAUTHENTICATED);
    case 403:
        return status_grpc_code(STATUS_DENIED);
    case 404:
        return status_grpc_code(STATUS_UNIMPLEMENTED);
    case 429:
    case 502:
    case 503:
    case 504:
        return WIRE_GRPC_UNAVAILABLE;
    default:
        return status_grpc_code(STATUS_UNKNOWN);
    }
}

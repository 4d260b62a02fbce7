#include "lib/tlog/line.h"

#include "lib/base/hex.h"

enum { HASH_TEXT_SIZE = 44 };

status_t tlog_line_next(struct span *rest, struct span *ret_line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL) {
        return STATUS_MALFORMED;
    }
    size_t size = (size_t)(end - rest->data);
    *ret_line = span_make(rest->data, size);
    *rest = span_make(end + 1, rest->size - size - 1);
    return STATUS_OK;
}

bool tlog_line_take(struct span *line, const char *prefix)
{
    size_t size = strlen(prefix);
    if (line->size < size || memcmp(line->data, prefix, size) != 0) {
        return false;
    }
    *line = span_make(line->data + size, line->size - size);
    return true;
}

status_t tlog_line_number(struct span line, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (line.size == 0 || (line.size > 1 && line.data[0] == '0')) {
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] < '0' || line.data[i] > '9') {
            return STATUS_MALFORMED;
        }
        uint64_t digit = (uint64_t)(line.data[i] - '0');
        if (number > (TLOG_SIZE_MAX - digit) / 10) {
            return STATUS_MALFORMED;
        }
        number = number * 10 + digit;
    }
    *ret_number = number;
    return STATUS_OK;
}

status_t tlog_line_hash(struct span line, struct tlog_hash *ret_hash)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, SHA256_SIZE);
    if (line.size != HASH_TEXT_SIZE || base64_decode(line, &bytes) != STATUS_OK ||
        bytes.size != SHA256_SIZE) {
        return STATUS_MALFORMED;
    }
    memcpy(ret_hash->bytes, bytes.data, SHA256_SIZE);
    return STATUS_OK;
}

void tlog_line_print_hash(const struct tlog_hash *hash, struct buf *ret_text)
{
    char text[HASH_TEXT_SIZE + 1];
    base64_encode(SPAN_OF(hash->bytes), text);
    buf_append_text(ret_text, text);
    buf_append_byte(ret_text, '\n');
}

#include "lib/base/buf.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/secret.h"

enum { FIRST_CAPACITY = 256 };

bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool span_equal_secret(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_init_secret(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit, .secret = true};
}

static void release(const struct buf *buf)
{
    if (buf->secret) {
        secret_pages_free(buf->data, buf->capacity);
    } else {
        free(buf->data);
    }
}

void buf_done(struct buf *buf)
{
    release(buf);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    if (buf->secret && buf->size > 0) {
        OPENSSL_cleanse(buf->data, buf->size);
    }
    buf->size = 0;
    buf->failed = false;
    buf->out_of_memory = false;
}

static bool grow(struct buf *buf, size_t wanted)
{
    size_t capacity = buf->capacity > 0 ? buf->capacity : FIRST_CAPACITY;
    while (capacity < wanted) {
        capacity = capacity > SIZE_MAX / 2 ? wanted : capacity * 2;
    }
    uint8_t *data = buf->secret ? secret_pages_new(&capacity) : malloc(capacity);
    if (data == NULL) {
        return false;
    }
    if (buf->size > 0) {
        memcpy(data, buf->data, buf->size);
    }
    release(buf);
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

uint8_t *buf_extend(struct buf *buf, size_t count)
{
    if (buf->failed || count > buf->limit || buf->size > buf->limit - count) {
        buf->failed = true;
        return NULL;
    }
    if (buf->size + count > buf->capacity && !grow(buf, buf->size + count)) {
        buf->failed = true;
        buf->out_of_memory = true;
        return NULL;
    }
    uint8_t *place = buf->data == NULL ? NULL : buf->data + buf->size; /* NULL: 0 bytes of none */
    buf->size += count;
    return place;
}

void buf_append(struct buf *buf, const void *data, size_t size)
{
    if (size == 0) {
        return;
    }
    uint8_t *place = buf_extend(buf, size);
    if (place != NULL) {
        memcpy(place, data, size);
    }
}

void buf_append_span(struct buf *buf, struct span bytes)
{
    buf_append(buf, bytes.data, bytes.size);
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_append_byte(struct buf *buf, uint8_t byte)
{
    buf_append(buf, &byte, 1);
}

void buf_append_fill(struct buf *buf, uint8_t byte, size_t count)
{
    if (count == 0) {
        return;
    }
    uint8_t *place = buf_extend(buf, count);
    if (place != NULL) {
        memset(place, byte, count);
    }
}

void buf_append_le16(struct buf *buf, uint16_t value)
{
    uint8_t bytes[2];
    write_le16(bytes, value);
    buf_append(buf, bytes, sizeof(bytes));
}

void buf_append_le32(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    write_le32(bytes, value);
    buf_append(buf, bytes, sizeof(bytes));
}

void buf_append_le64(struct buf *buf, uint64_t value)
{
    uint8_t bytes[8];
    write_le64(bytes, value);
    buf_append(buf, bytes, sizeof(bytes));
}

void buf_print(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    /* vsnprintf writes a NUL behind the text: take one byte more, then give it back */
    char *place = (char *)buf_extend(buf, (size_t)length + 1);
    if (place != NULL) {
        (void)vsnprintf(place, (size_t)length + 1, format, again);
        buf->size--;
    }
    va_end(again);
}

status_t buf_status(const struct buf *buf)
{
    if (!buf->failed) {
        return STATUS_OK;
    }
    return buf->out_of_memory ? STATUS_NO_MEMORY : STATUS_TOO_LARGE;
}

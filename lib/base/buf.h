/* Bytes travel as a span (borrowed) or a buf (owned, growing up to a limit). */
#ifndef MINTMARK_LIB_BASE_BUF_H
#define MINTMARK_LIB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/status.h"

struct span {
    const uint8_t *data; /* may be NULL when size is 0 */
    size_t size;
};

/* Owned bytes. Appending beyond `limit`, or out of memory, sets `failed` and appends nothing more:
 * write a whole structure, then ask once (buf_status). A secret buffer is kept out of dumps,
 * locked where the system allows, and wiped when it grows, is cleared or done. */
struct buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t limit;
    bool failed;
    bool out_of_memory; /* why it failed */
    bool secret;
};

#define SPAN_OF(array) ((struct span){(const uint8_t *)(array), sizeof(array)})

static inline struct span span_make(const void *data, size_t size)
{
    return (struct span){(const uint8_t *)data, size};
}

static inline struct span span_text(const char *text)
{
    return span_make(text, strlen(text));
}

bool span_equal(struct span a, struct span b);

/* Same length and content, in time that depends on the length only. */
bool span_equal_secret(struct span a, struct span b);

void buf_init(struct buf *buf, size_t limit);
void buf_init_secret(struct buf *buf, size_t limit);
void buf_done(struct buf *buf); /* accepts a zeroed struct */
OWN_VALUE(struct buf, buf_done)

/* Empties, keeps the memory (wiped when secret) and the limit. */
void buf_clear(struct buf *buf);

void buf_append(struct buf *buf, const void *data, size_t size);
void buf_append_span(struct buf *buf, struct span bytes);
void buf_append_text(struct buf *buf, const char *text); /* without its NUL */
void buf_append_byte(struct buf *buf, uint8_t byte);
void buf_append_fill(struct buf *buf, uint8_t byte, size_t count);
void buf_append_le16(struct buf *buf, uint16_t value);
void buf_append_le32(struct buf *buf, uint32_t value);
void buf_append_le64(struct buf *buf, uint64_t value);
void buf_print(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* `count` bytes to be written by the caller, or NULL (failed is set). */
uint8_t *buf_extend(struct buf *buf, size_t count);

/* STATUS_OK, or STATUS_TOO_LARGE / STATUS_NO_MEMORY after a failed append. */
MUST_USE status_t buf_status(const struct buf *buf);

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->data, buf->size};
}

static inline uint16_t read_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t read_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t read_le64(const uint8_t *p)
{
    return (uint64_t)read_le32(p) | (uint64_t)read_le32(p + 4) << 32;
}

static inline void write_le16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void write_le32(uint8_t *p, uint32_t value)
{
    write_le16(p, (uint16_t)value);
    write_le16(p + 2, (uint16_t)(value >> 16));
}

static inline void write_le64(uint8_t *p, uint64_t value)
{
    write_le32(p, (uint32_t)value);
    write_le32(p + 4, (uint32_t)(value >> 32));
}

#endif

/* Memory for secrets: excluded from core dumps, locked where the system allows, wiped when done.
 *
 * A `struct secret` is the only home of a key, passcode, verifier, salt or PIN. Image bytes, reply
 * messages and process frames hold secrets too; they are secret bufs (buf_init_secret). */
#ifndef MINTMARK_LIB_BASE_SECRET_H
#define MINTMARK_LIB_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/own.h"
#include "lib/base/status.h"

enum {
    SECRET_HEAP_SIZE = 256 * 1024,       /* one unit needs about 2 KiB; locked, so kept small */
    SECRET_PAGES_KEPT = 8,               /* wiped regions kept for reuse … */
    SECRET_PAGES_KEPT_SIZE = 128 * 1024, /* … of at most this size each */
};

struct secret {
    uint8_t *data;
    size_t size;
};

/* Sets up the process: secret heap, no core dumps, not ptraceable by its own user. Call once at the
 * start of main. *ret_locked tells whether memory could be locked (RLIMIT_MEMLOCK); the rest holds
 * either way. */
MUST_USE status_t secret_process_init(bool *ret_locked);

/* `size` zeroed bytes. Works before secret_process_init too (then from the plain heap, wiped). */
MUST_USE status_t secret_new(struct secret *ret_secret, size_t size);
MUST_USE status_t secret_copy(struct secret *ret_secret, struct span bytes);
void secret_wipe(struct secret *secret); /* wipes, frees, zeroes; accepts a zeroed struct */
OWN_VALUE(struct secret, secret_wipe)

static inline struct span secret_span(const struct secret *secret)
{
    return (struct span){secret->data, secret->size};
}

/* Whole zeroed pages for large secret buffers; *size is rounded up. NULL when out of memory. */
uint8_t *secret_pages_new(size_t *size);
void secret_pages_free(uint8_t *pages, size_t size); /* wipes; accepts NULL */

#endif

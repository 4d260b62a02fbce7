#include "proto/text/arena.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "lib/base/secret.h"

#define ARENA_MAGIC 0x414E5241u /* "ARNA" */

enum { ALIGNMENT = 16 }; /* malloc's promise on 64-bit systems: protobuf-c relies on it */

struct decode_arena {
    uint32_t magic; /* it travels through protobuf-c as a void pointer */
    uint8_t *memory;
    size_t size;
    size_t used;
    bool full;
    ProtobufCAllocator allocator;
};

static struct decode_arena *arena_of(void *data)
{
    struct decode_arena *arena = data;
    assert(arena != NULL && arena->magic == ARENA_MAGIC);
    return arena;
}

static void *arena_alloc(void *data, size_t size)
{
    struct decode_arena *arena = arena_of(data);
    size_t room = arena->size - arena->used;
    if (size > room || room - size < (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT) {
        arena->full = true;
        return NULL;
    }
    uint8_t *piece = arena->memory + arena->used;
    arena->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return piece;
}

static void arena_no_free(void *data, void *pointer)
{
    (void)arena_of(data);
    (void)pointer;
}

status_t decode_arena_new(size_t size, struct decode_arena **ret_arena)
{
    AUTO(decode_arena_free) struct decode_arena *arena = calloc(1, sizeof(*arena));
    if (arena == NULL) {
        return STATUS_NO_MEMORY;
    }
    arena->size = size;
    arena->memory = secret_pages_new(&arena->size);
    if (arena->memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    arena->magic = ARENA_MAGIC;
    arena->allocator = (ProtobufCAllocator){arena_alloc, arena_no_free, arena};
    *ret_arena = TAKE(arena);
    return STATUS_OK;
}

void decode_arena_free(struct decode_arena *arena)
{
    if (arena != NULL) {
        secret_pages_free(arena->memory, arena->size);
        arena->magic = 0;
        free(arena);
    }
}

void decode_arena_wipe(struct decode_arena *arena)
{
    decode_arena_release(arena, 0);
    arena->full = false;
}

ProtobufCAllocator *decode_arena_allocator(struct decode_arena *arena)
{
    return &arena->allocator;
}

size_t decode_arena_mark(const struct decode_arena *arena)
{
    return arena->used;
}

void decode_arena_release(struct decode_arena *arena, size_t mark)
{
    OPENSSL_cleanse(arena->memory + mark, arena->used - mark);
    arena->used = mark;
}

bool decode_arena_is_full(const struct decode_arena *arena)
{
    return arena->full;
}

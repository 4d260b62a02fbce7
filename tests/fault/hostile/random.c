#include "tests/fault/hostile/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { PIECE_MAX = 64, WAYS = 7 };

uint64_t random_parameter(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

struct random random_start(const char *name)
{
    uint64_t fresh = 0;
    if (getrandom(&fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh)) {
        abort();
    }
    struct random random = {random_parameter("MINTMARK_SEED", fresh)};
    (void)printf("%s: MINTMARK_SEED=%llu\n", name, (unsigned long long)random.state);
    (void)fflush(stdout);
    return random;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)((random_next(random) >> 32) * limit >> 32);
}

bool random_percent(struct random *random, uint32_t percent)
{
    return random_below(random, 100) < percent;
}

void random_bytes(struct random *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)random_next(random);
    }
}

static uint8_t *any_place(struct random *random, const struct buf *bytes)
{
    return bytes->data + random_below(random, (uint32_t)bytes->size);
}

/* Takes `size` octets out at `at`. */
static void cut(struct buf *bytes, size_t at, size_t size)
{
    memmove(bytes->data + at, bytes->data + at + size, bytes->size - at - size);
    bytes->size -= size;
}

static void put_in(struct buf *bytes, size_t at, const uint8_t *piece, size_t size)
{
    if (bytes->size + size > bytes->limit || buf_extend(bytes, size) == NULL) {
        return;
    }
    memmove(bytes->data + at + size, bytes->data + at, bytes->size - at - size);
    memcpy(bytes->data + at, piece, size);
}

static void put_number(struct random *random, struct buf *bytes)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       0x7F,
                                       0x80,
                                       0xFF,
                                       0x7FFF,
                                       0xFFFF,
                                       0x7FFFFFFF,
                                       0xFFFFFFFF,
                                       0x7FFFFFFFFFFFFFFF,
                                       0xFFFFFFFFFFFFFFFF};
    uint8_t octets[8];
    size_t at = random_below(random, (uint32_t)bytes->size);
    size_t room = bytes->size - at;
    size_t size = (size_t)1 << random_below(random, 4);
    write_le64(octets, numbers[random_below(random, sizeof(numbers) / sizeof(numbers[0]))]);
    memcpy(bytes->data + at, octets, size < room ? size : room);
}

void random_mutate(struct random *random, struct buf *bytes)
{
    uint8_t piece[PIECE_MAX];
    if (bytes->size == 0) {
        random_bytes(random, piece, sizeof(piece));
        buf_append(bytes, piece, 1 + random_below(random, PIECE_MAX));
        return;
    }
    size_t at = random_below(random, (uint32_t)bytes->size);
    size_t most = bytes->size - at < PIECE_MAX ? bytes->size - at : PIECE_MAX;
    size_t size = 1 + random_below(random, (uint32_t)most);
    switch (random_below(random, WAYS)) {
    case 0:
        *any_place(random, bytes) ^= (uint8_t)(1u << random_below(random, 8));
        break;
    case 1:
        *any_place(random, bytes) = (uint8_t)random_next(random);
        break;
    case 2:
        cut(bytes, at, size);
        break;
    case 3: /* doubled, somewhere else */
        memcpy(piece, bytes->data + at, size);
        put_in(bytes, random_below(random, (uint32_t)bytes->size), piece, size);
        break;
    case 4:
        random_bytes(random, piece, size);
        put_in(bytes, at, piece, size);
        break;
    case 5:
        put_number(random, bytes);
        break;
    default:
        bytes->size = at; /* the rest is cut off */
        break;
    }
}

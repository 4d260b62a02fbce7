#include "lib/tlog/tile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { INDEX_PARTS_MAX = 7 }; /* 63 bits have 19 digits */

unsigned tlog_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    assert(level <= TLOG_TILE_LEVEL_MAX);
    uint64_t hashes = size >> (TLOG_TILE_HEIGHT * level);
    if (index > hashes / TLOG_TILE_WIDTH) {
        return 0;
    }
    uint64_t rest = hashes - index * TLOG_TILE_WIDTH;
    return rest < TLOG_TILE_WIDTH ? (unsigned)rest : TLOG_TILE_WIDTH;
}

/* SPEC §5.1: groups of three digits, all but the last with an x. */
static int print_index(uint64_t index, char *place, size_t size)
{
    unsigned parts[INDEX_PARTS_MAX];
    int count = 0;
    int used = 0;
    do {
        parts[count++] = (unsigned)(index % 1000);
        index /= 1000;
    } while (index > 0);
    while (count-- > 0) {
        used += snprintf(place + used, size - (size_t)used, count > 0 ? "/x%03u" : "/%03u",
                         parts[count]);
    }
    return used;
}

void tlog_tile_path(const struct tlog_tile *tile, char ret_path[static TLOG_TILE_PATH_SIZE])
{
    const size_t size = TLOG_TILE_PATH_SIZE;
    int used = tile->entries ? snprintf(ret_path, size, "tile/entries")
                             : snprintf(ret_path, size, "tile/%u", tile->level);
    used += print_index(tile->index, ret_path + used, size - (size_t)used);
    if (tile->width < TLOG_TILE_WIDTH) {
        (void)snprintf(ret_path + used, size - (size_t)used, ".p/%u", tile->width);
    }
}

static bool take(const char **text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (strncmp(*text, prefix, size) != 0) {
        return false;
    }
    *text += size;
    return true;
}

/* Digits, at most `most` of them; how they are spelt is compared in the end. */
static bool take_number(const char **text, unsigned most, uint64_t *number)
{
    unsigned count = 0;
    *number = 0;
    while (**text >= '0' && **text <= '9' && count < most) {
        *number = *number * 10 + (uint64_t)(**text - '0');
        (*text)++;
        count++;
    }
    return count > 0;
}

static bool take_index(const char **text, uint64_t *index)
{
    *index = 0;
    for (int i = 0; i < INDEX_PARTS_MAX; i++) {
        uint64_t part;
        bool more = take(text, "/x");
        if ((!more && !take(text, "/")) || !take_number(text, 3, &part) ||
            *index > (TLOG_SIZE_MAX - part) / 1000) {
            return false;
        }
        *index = *index * 1000 + part;
        if (!more) {
            return true;
        }
    }
    return false;
}

static bool take_tile(const char **text, struct tlog_tile *tile)
{
    uint64_t level = 0;
    uint64_t width = TLOG_TILE_WIDTH;
    if (!take(text, "tile/")) {
        return false;
    }
    tile->entries = take(text, "entries");
    if ((!tile->entries && !take_number(text, 1, &level)) || level > TLOG_TILE_LEVEL_MAX ||
        !take_index(text, &tile->index)) {
        return false;
    }
    if (take(text, ".p/") && (!take_number(text, 3, &width) || width == 0)) {
        return false;
    }
    tile->level = (unsigned)level;
    tile->width = (unsigned)width;
    return width <= TLOG_TILE_WIDTH;
}

status_t tlog_tile_read_path(const char *path, struct tlog_tile *ret_tile)
{
    const char *rest = path;
    char again[TLOG_TILE_PATH_SIZE];
    struct tlog_tile tile;
    if (!take_tile(&rest, &tile)) {
        return STATUS_MALFORMED;
    }
    tlog_tile_path(&tile, again);
    if (strcmp(path, again) != 0) {
        return STATUS_MALFORMED;
    }
    *ret_tile = tile;
    return STATUS_OK;
}

status_t tlog_tile_write(const struct tlog_nodes *nodes, const struct tlog_tile *tile,
                         struct buf *ret_bytes)
{
    for (unsigned i = 0; i < tile->width; i++) {
        struct tlog_hash hash;
        TRY(nodes->fetch(nodes->context, TLOG_TILE_HEIGHT * tile->level,
                         tile->index * TLOG_TILE_WIDTH + i, &hash));
        buf_append(ret_bytes, hash.bytes, SHA256_SIZE);
    }
    return buf_status(ret_bytes);
}

/* Root over 2^height hashes. */
static void hash_up(const uint8_t *hashes, unsigned height, struct tlog_hash *ret_hash)
{
    struct tlog_edge edge = {0};
    struct tlog_hash made[TLOG_LEVELS];
    struct tlog_hash hash;
    for (unsigned i = 0; i < 1U << height; i++) {
        memcpy(hash.bytes, hashes + (size_t)i * SHA256_SIZE, SHA256_SIZE);
        (void)tlog_edge_append(&edge, &hash, made);
    }
    tlog_edge_root(&edge, ret_hash);
}

static status_t fetch(void *context, unsigned level, uint64_t index, struct tlog_hash *ret_hash)
{
    const struct tlog_tiles *tiles = context;
    unsigned height = level % TLOG_TILE_HEIGHT;
    uint64_t first = index << height; /* among the hashes of the tile's level */
    struct tlog_tile tile = {.level = level / TLOG_TILE_HEIGHT, .index = first / TLOG_TILE_WIDTH};
    tile.width = tlog_tile_width(tile.level, tile.index, tiles->size);
    unsigned place = (unsigned)(first % TLOG_TILE_WIDTH);
    if (place + (1U << height) > tile.width) {
        return STATUS_NOT_FOUND;
    }
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, TLOG_TILE_MAX);
    TRY(tiles->read(tiles->context, &tile, &bytes));
    if (bytes.size != (size_t)tile.width * SHA256_SIZE) {
        return STATUS_MALFORMED;
    }
    hash_up(bytes.data + (size_t)place * SHA256_SIZE, height, ret_hash);
    return STATUS_OK;
}

struct tlog_nodes tlog_tile_nodes(struct tlog_tiles *tiles)
{
    return (struct tlog_nodes){.context = tiles, .fetch = fetch};
}

status_t tlog_bundle_add(struct span entry, struct buf *ret_bytes)
{
    if (entry.size > TLOG_LEAF_MAX) {
        return STATUS_TOO_LARGE;
    }
    buf_append_byte(ret_bytes, (uint8_t)(entry.size >> 8));
    buf_append_byte(ret_bytes, (uint8_t)entry.size);
    buf_append_span(ret_bytes, entry);
    return buf_status(ret_bytes);
}

status_t tlog_bundle_next(struct span *rest, struct span *ret_entry)
{
    if (rest->size < 2) {
        return STATUS_MALFORMED;
    }
    size_t size = (size_t)rest->data[0] << 8 | rest->data[1];
    if (rest->size - 2 < size) {
        return STATUS_MALFORMED;
    }
    *ret_entry = span_make(rest->data + 2, size);
    *rest = span_make(rest->data + 2 + size, rest->size - 2 - size);
    return STATUS_OK;
}

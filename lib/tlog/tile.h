/* The tlog-tiles layout: a log as a folder of files that never change (SPEC §5). */
#ifndef MINTMARK_LIB_TLOG_TILE_H
#define MINTMARK_LIB_TLOG_TILE_H

#include "lib/tlog/tree.h"

enum {
    TLOG_TILE_HEIGHT = 8,    /* levels of the tree in one tile */
    TLOG_TILE_WIDTH = 256,   /* hashes, or entries, in a full one */
    TLOG_TILE_LEVEL_MAX = 7, /* highest that a tree of TLOG_SIZE_MAX has */
    TLOG_TILE_PATH_SIZE = 64,
    TLOG_TILE_MAX = TLOG_TILE_WIDTH * SHA256_SIZE,
    TLOG_BUNDLE_MAX = TLOG_TILE_WIDTH * (2 + TLOG_LEAF_MAX),
};

/* One file: hashes of a level, or a bundle of entries (level 0). */
struct tlog_tile {
    bool entries;
    unsigned level;
    uint64_t index;
    unsigned width; /* 1..TLOG_TILE_WIDTH; less than full: a partial tile */
};

/* Width of that tile in a log of `size` entries; 0 when it has none. */
unsigned tlog_tile_width(unsigned level, uint64_t index, uint64_t size);

/* "tile/0/x001/234.p/5", relative to the log's folder. */
void tlog_tile_path(const struct tlog_tile *tile, char ret_path[static TLOG_TILE_PATH_SIZE]);
/* The one spelling that tlog_tile_path has; else STATUS_MALFORMED. */
MUST_USE status_t tlog_tile_read_path(const char *path, struct tlog_tile *ret_tile);

/* Appends a tile's hashes. */
MUST_USE status_t tlog_tile_write(const struct tlog_nodes *nodes, const struct tlog_tile *tile,
                                  struct buf *ret_bytes);

/* Where tiles are read from, for a log of `size` entries. */
struct tlog_tiles {
    uint64_t size;
    void *context;
    /* Appends the file's bytes, however long it is: up to TLOG_TILE_MAX. */
    status_t (*read)(void *context, const struct tlog_tile *tile, struct buf *ret_bytes);
};

/* The nodes of the tree, from its tiles: one read each. Borrows. A tile of the wrong length is
 * STATUS_MALFORMED; its hashes are believed as those of any other source: until a root is compared.
 */
struct tlog_nodes tlog_tile_nodes(struct tlog_tiles *tiles);

/* Entry bundles. STATUS_TOO_LARGE beyond TLOG_LEAF_MAX; STATUS_MALFORMED when one is cut. */
MUST_USE status_t tlog_bundle_add(struct span entry, struct buf *ret_bytes);
MUST_USE status_t tlog_bundle_next(struct span *rest, struct span *ret_entry);

#endif

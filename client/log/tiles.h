/* The hash tiles of a log, as they fill up leaf by leaf. */
#ifndef MINTMARK_CLIENT_LOG_TILES_H
#define MINTMARK_CLIENT_LOG_TILES_H

#include "client/log/folder.h"

/* All zero is the empty tree. */
struct log_tiles {
    struct log_tiles_level {
        uint64_t index; /* of the tile that is being filled */
        unsigned width;
        struct tlog_hash hashes[TLOG_TILE_WIDTH];
    } levels[TLOG_TILE_LEVEL_MAX + 1];
};

/* What becomes of a tile: written to its file, or compared with it. */
typedef status_t log_tiles_visit_t(void *context, const struct tlog_tile *tile, struct span hashes,
                                   struct problem *problem);

/* The next leaf's hash; visits the tiles that are full with it. */
MUST_USE status_t log_tiles_add(struct log_tiles *tiles, const struct tlog_hash *leaf,
                                log_tiles_visit_t *visit, void *context, struct problem *problem);

/* After the last one: visits the partial tiles at the right edge. */
MUST_USE status_t log_tiles_end(const struct log_tiles *tiles, log_tiles_visit_t *visit,
                                void *context, struct problem *problem);

/* A visit that compares with the file in a folder (`context`, struct log_folder): STATUS_REFUSED
 * TILE_OTHER, with the file in the problem's field. */
log_tiles_visit_t log_tiles_compare;

#endif

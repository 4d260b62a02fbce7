#include "client/log/tiles.h"

status_t log_tiles_compare(void *context, const struct tlog_tile *tile, struct span hashes,
                           struct problem *problem)
{
    const struct log_folder *folder = context;
    char path[TLOG_TILE_PATH_SIZE];
    AUTO(buf_done) struct buf content;
    buf_init(&content, TLOG_TILE_MAX);
    tlog_tile_path(tile, path);
    TRY(log_folder_read(folder, path, &content, problem));
    if (!span_equal(buf_span(&content), hashes)) {
        return problem_say(problem, STATUS_REFUSED, "TILE_OTHER", path,
                           "%s does not hold the hashes of the entries", path);
    }
    return STATUS_OK;
}

static status_t visit_level(const struct log_tiles *tiles, unsigned level, log_tiles_visit_t *visit,
                            void *context, struct problem *problem)
{
    const struct log_tiles_level *own = &tiles->levels[level];
    const struct tlog_tile tile = {.level = level, .index = own->index, .width = own->width};
    return visit(context, &tile, span_make(own->hashes, (size_t)own->width * SHA256_SIZE), problem);
}

/* The root of a full tile. */
static void fold(const struct log_tiles_level *level, struct tlog_hash *ret_root)
{
    struct tlog_edge edge = {0};
    struct tlog_hash made[TLOG_LEVELS];
    for (unsigned i = 0; i < TLOG_TILE_WIDTH; i++) {
        (void)tlog_edge_append(&edge, &level->hashes[i], made);
    }
    tlog_edge_root(&edge, ret_root);
}

status_t log_tiles_add(struct log_tiles *tiles, const struct tlog_hash *leaf,
                       log_tiles_visit_t *visit, void *context, struct problem *problem)
{
    struct tlog_hash hash = *leaf;
    for (unsigned level = 0; level <= TLOG_TILE_LEVEL_MAX; level++) {
        struct log_tiles_level *own = &tiles->levels[level];
        own->hashes[own->width++] = hash;
        if (own->width < TLOG_TILE_WIDTH) {
            return STATUS_OK;
        }
        TRY(visit_level(tiles, level, visit, context, problem));
        fold(own, &hash);
        own->index++;
        own->width = 0;
    }
    return STATUS_OK;
}

status_t log_tiles_end(const struct log_tiles *tiles, log_tiles_visit_t *visit, void *context,
                       struct problem *problem)
{
    for (unsigned level = 0; level <= TLOG_TILE_LEVEL_MAX; level++) {
        if (tiles->levels[level].width > 0) {
            TRY(visit_level(tiles, level, visit, context, problem));
        }
    }
    return STATUS_OK;
}

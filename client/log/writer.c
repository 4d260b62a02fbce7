#include "client/log/writer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

void log_writer_init(struct log_writer *writer, const char *path)
{
    *writer = (struct log_writer){.path = path};
    buf_init(&writer->entries, TLOG_BUNDLE_MAX);
    buf_init(&writer->certificates, TLOG_BUNDLE_MAX);
}

void log_writer_done(struct log_writer *writer)
{
    buf_done(&writer->entries);
    buf_done(&writer->certificates);
}

/* Makes every folder on the way to the file. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0755); /* a failure shows when the file is written */
        *slash = '/';
    }
}

status_t log_writer_file(const char *folder, const char *name, struct span content,
                         struct problem *problem)
{
    char path[LOG_FOLDER_PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", folder, "the path is too long");
    }
    make_folders(path);
    status_t status = file_write(path, content, 0644);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE", path, "cannot write %s: %s", path,
                           strerror(errno));
    }
    return STATUS_OK;
}

/* The newest bundle of `total` things, as far as it is filled. */
static status_t write_bundle(const struct log_writer *writer, enum log_folder_kind kind,
                             const struct buf *bundle, uint64_t total, struct problem *problem)
{
    char name[TLOG_TILE_PATH_SIZE + 16];
    if (!writer->writing) {
        return STATUS_OK;
    }
    log_folder_bundle_name(kind, (total - 1) / TLOG_TILE_WIDTH, total, name);
    return log_writer_file(writer->path, name, buf_span(bundle), problem);
}

static status_t write_tile(void *context, const struct tlog_tile *tile, struct span hashes,
                           struct problem *problem)
{
    const struct log_writer *writer = context;
    char name[TLOG_TILE_PATH_SIZE];
    if (!writer->writing) {
        return STATUS_OK;
    }
    tlog_tile_path(tile, name);
    return log_writer_file(writer->path, name, hashes, problem);
}

status_t log_writer_entry(struct log_writer *writer, struct span entry, struct problem *problem)
{
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    tlog_hash_leaf(entry, &leaf);
    (void)tlog_edge_append(&writer->edge, &leaf, made);
    TRY(tlog_bundle_add(entry, &writer->entries));
    if (writer->edge.size % TLOG_TILE_WIDTH == 0) {
        TRY(write_bundle(writer, LOG_FOLDER_ENTRIES, &writer->entries, writer->edge.size, problem));
        buf_clear(&writer->entries);
    }
    return log_tiles_add(&writer->tiles, &leaf, write_tile, writer, problem);
}

status_t log_writer_certificate(struct log_writer *writer, struct span der, struct problem *problem)
{
    TRY(tlog_bundle_add(der, &writer->certificates));
    writer->certificate_count++;
    if (writer->certificate_count % TLOG_TILE_WIDTH == 0) {
        TRY(write_bundle(writer, LOG_FOLDER_CERTIFICATES, &writer->certificates,
                         writer->certificate_count, problem));
        buf_clear(&writer->certificates);
    }
    return STATUS_OK;
}

status_t log_writer_end(struct log_writer *writer, struct problem *problem)
{
    if (writer->edge.size % TLOG_TILE_WIDTH != 0) {
        TRY(write_bundle(writer, LOG_FOLDER_ENTRIES, &writer->entries, writer->edge.size, problem));
    }
    if (writer->certificate_count % TLOG_TILE_WIDTH != 0) {
        TRY(write_bundle(writer, LOG_FOLDER_CERTIFICATES, &writer->certificates,
                         writer->certificate_count, problem));
    }
    return log_tiles_end(&writer->tiles, write_tile, writer, problem);
}

static void remove_file(const char *folder, const char *name)
{
    char path[LOG_FOLDER_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)unlink(path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    (void)rmdir(path); /* "….p", when it is empty now */
}

static void tidy_bundle(const char *folder, enum log_folder_kind kind, uint64_t old, uint64_t grown)
{
    char name[TLOG_TILE_PATH_SIZE + 16];
    if (old % TLOG_TILE_WIDTH != 0 && old != grown) {
        log_folder_bundle_name(kind, old / TLOG_TILE_WIDTH, old, name);
        remove_file(folder, name);
    }
}

void log_writer_tidy(const char *folder, const uint64_t old[static 2],
                     const uint64_t grown[static 2])
{
    tidy_bundle(folder, LOG_FOLDER_ENTRIES, old[0], grown[0]);
    tidy_bundle(folder, LOG_FOLDER_CERTIFICATES, old[1], grown[1]);
    for (unsigned level = 0; level <= TLOG_TILE_LEVEL_MAX; level++) {
        uint64_t had = old[0] >> level * TLOG_TILE_HEIGHT;
        uint64_t has = grown[0] >> level * TLOG_TILE_HEIGHT;
        const struct tlog_tile tile = {.level = level,
                                       .index = had / TLOG_TILE_WIDTH,
                                       .width = (unsigned)(had % TLOG_TILE_WIDTH)};
        if (tile.width > 0 && had != has) {
            char name[TLOG_TILE_PATH_SIZE];
            tlog_tile_path(&tile, name);
            remove_file(folder, name);
        }
    }
}

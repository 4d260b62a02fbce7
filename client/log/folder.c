#include "client/log/folder.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/file.h"
#include "lib/tlog/entry_proof.h"

static status_t read_file(const char *path, struct buf *ret_content, struct problem *problem)
{
    buf_clear(ret_content);
    status_t status = file_read(path, ret_content);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, status == STATUS_IO ? STATUS_IO : STATUS_REFUSED, "FILE_MISSING",
                       path, "cannot read %s: %s", path,
                       status == STATUS_TOO_LARGE ? "larger than it can be" : strerror(errno));
}

/* The path of a file in the folder. */
static status_t path_in(const char *folder, const char *name,
                        char ret_path[static LOG_FOLDER_PATH_MAX], struct problem *problem)
{
    return snprintf(ret_path, LOG_FOLDER_PATH_MAX, "%s/%s", folder, name) < LOG_FOLDER_PATH_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PATH", folder, "the path is too long");
}

status_t log_folder_read(const struct log_folder *folder, const char *name, struct buf *ret_content,
                         struct problem *problem)
{
    char path[LOG_FOLDER_PATH_MAX];
    TRY(path_in(folder->path, name, path, problem));
    return read_file(path, ret_content, problem);
}

status_t log_folder_key(const char *file, struct tlog_key *ret_key, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, LOG_FOLDER_KEY_MAX);
    TRY(read_file(file, &text, problem));
    struct span line = buf_span(&text);
    if (line.size > 0 && line.data[line.size - 1] == '\n') {
        line.size--;
    }
    return tlog_key_read(line, ret_key, problem);
}

/* The folder's key, by the name of the epoch that the checkpoint is of. */
static status_t key_of(const struct log_folder *folder, const char *origin,
                       struct tlog_key *ret_key, struct problem *problem)
{
    bool known = tlog_key_name_follows(origin, folder->key.name) ||
                 tlog_key_name_follows(folder->key.name, origin);
    return tlog_key_rename(&folder->key, known ? origin : folder->key.name, ret_key, problem);
}

/* A tlog-proof holds a checkpoint too. */
static status_t open_proof(const struct log_folder *folder, struct span content,
                           struct tlog_checkpoint *ret_checkpoint, struct problem *problem)
{
    AUTO(tlog_entry_proof_done) struct tlog_entry_proof proof = {0};
    struct tlog_key key;
    TRY(tlog_entry_proof_read(content, &proof, problem));
    TRY(key_of(folder, proof.claim.origin, &key, problem));
    TRY(tlog_entry_proof_check(&proof, &key, problem));
    *ret_checkpoint = proof.claim;
    return STATUS_OK;
}

static status_t open_note(const struct log_folder *folder, struct span content,
                          struct tlog_checkpoint *ret_checkpoint, struct problem *problem)
{
    static const char PROOF[] = "c2sp.org/tlog-proof@";
    struct tlog_note note;
    struct tlog_checkpoint claim;
    struct tlog_key key = folder->key;
    if (content.size >= strlen(PROOF) && memcmp(content.data, PROOF, strlen(PROOF)) == 0) {
        return open_proof(folder, content, ret_checkpoint, problem);
    }
    if (tlog_note_read(content, &note, NULL) == STATUS_OK &&
        tlog_checkpoint_read(note.text, &claim, NULL) == STATUS_OK) {
        TRY(key_of(folder, claim.origin, &key, problem));
    }
    return tlog_checkpoint_open(content, &key, ret_checkpoint, problem);
}

status_t log_folder_note(const struct log_folder *folder, const char *file,
                         struct tlog_checkpoint *ret_checkpoint, struct problem *problem)
{
    AUTO(buf_done) struct buf note;
    buf_init(&note, TLOG_PROOF_FILE_MAX);
    TRY(read_file(file, &note, problem));
    status_t status = open_note(folder, buf_span(&note), ret_checkpoint, problem);
    if (status != STATUS_OK) {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", file);
    }
    return status;
}

status_t log_folder_open(const char *path, const char *key_file, struct log_folder *ret_folder,
                         struct problem *problem)
{
    struct log_folder folder = {.path = path};
    char key[LOG_FOLDER_PATH_MAX];
    char note[LOG_FOLDER_PATH_MAX];
    TRY(path_in(path, "log-key", key, problem));
    TRY(path_in(path, "checkpoint", note, problem));
    TRY(log_folder_key(key_file != NULL ? key_file : key, &folder.key, problem));
    TRY(log_folder_note(&folder, note, &folder.checkpoint, problem));
    if (tlog_key_name_follows(folder.key.name, folder.checkpoint.origin)) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_EPOCH", note,
                           "the key is of %s, the export of %s, which a recovery has ended: export "
                           "again",
                           folder.key.name, folder.checkpoint.origin);
    }
    TRY(tlog_key_rename(&folder.key, folder.checkpoint.origin, &folder.key, problem));
    *ret_folder = folder;
    return STATUS_OK;
}

void log_folder_bundle_name(enum log_folder_kind kind, uint64_t index, uint64_t total,
                            char ret_name[static TLOG_TILE_PATH_SIZE + 16])
{
    const struct tlog_tile tile = {
        .entries = true, .index = index, .width = tlog_tile_width(0, index, total)};
    char path[TLOG_TILE_PATH_SIZE];
    tlog_tile_path(&tile, path);
    bool entries = kind == LOG_FOLDER_ENTRIES;
    (void)snprintf(ret_name, TLOG_TILE_PATH_SIZE + 16, "%s%s", entries ? "" : "certificates/",
                   path + (entries ? 0 : strlen("tile/entries/")));
}

static status_t say_bundle(const char *name, struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "BUNDLE_MALFORMED", name,
                       "%s does not hold what its name says", name);
}

/* Visits the things of one bundle from its `first` number on. */
static status_t visit_bundle(struct span bundle, const char *name, const uint64_t range[static 2],
                             log_folder_visit_t *visit, void *context, struct problem *problem)
{
    struct span thing;
    for (uint64_t i = range[0]; i < range[1]; i++) {
        if (tlog_bundle_next(&bundle, &thing) != STATUS_OK) {
            return say_bundle(name, problem);
        }
        TRY(visit(context, i, thing, problem));
    }
    return STATUS_OK;
}

/* Nothing may stand behind the last one of a bundle. */
static bool is_whole(struct span bundle, unsigned width)
{
    struct span thing;
    for (unsigned i = 0; i < width; i++) {
        if (tlog_bundle_next(&bundle, &thing) != STATUS_OK) {
            return false;
        }
    }
    return bundle.size == 0;
}

status_t log_folder_each(const struct log_folder *folder, enum log_folder_kind kind,
                         const uint64_t range[static 3], log_folder_visit_t *visit, void *context,
                         struct problem *problem)
{
    uint64_t to = range[1];
    uint64_t total = range[2];
    AUTO(buf_done) struct buf bundle;
    buf_init(&bundle, TLOG_BUNDLE_MAX);
    for (uint64_t first = range[0]; first < to; first += TLOG_TILE_WIDTH) {
        char name[TLOG_TILE_PATH_SIZE + 16];
        uint64_t index = first / TLOG_TILE_WIDTH;
        log_folder_bundle_name(kind, index, total, name);
        TRY(log_folder_read(folder, name, &bundle, problem));
        if (!is_whole(buf_span(&bundle), tlog_tile_width(0, index, total))) {
            return say_bundle(name, problem);
        }
        uint64_t part[2] = {first, first + TLOG_TILE_WIDTH < to ? first + TLOG_TILE_WIDTH : to};
        TRY(visit_bundle(buf_span(&bundle), name, part, visit, context, problem));
    }
    return STATUS_OK;
}

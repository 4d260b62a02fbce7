#include "server/recovery/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/event/time.h"

enum { HEX_SIZE = 2 * SHA256_SIZE };

OWN_POINTER(json_t, json_decref)

static status_t path_in(const char *folder, const char *name, char ret_path[static PATH_MAX],
                        struct problem *problem)
{
    return snprintf(ret_path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PATH", folder, "the path is too long");
}

/* Databases do not fit in memory; the system reads them piece by piece. */
static status_t digest_descriptor(int descriptor, struct manifest_file *file)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        return STATUS_IO;
    }
    file->size = (uint64_t)info.st_size;
    if (file->size == 0) {
        digest_sha256((struct span){0}, file->sha256);
        return STATUS_OK;
    }
    void *bytes = mmap(NULL, (size_t)file->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_IO;
    }
    digest_sha256(span_make(bytes, (size_t)file->size), file->sha256);
    (void)munmap(bytes, (size_t)file->size);
    return STATUS_OK;
}

status_t manifest_measure(const char *folder, const char *name, struct manifest_file *ret_file,
                          struct problem *problem)
{
    struct manifest_file file = {0};
    char path[PATH_MAX];
    TRY(path_in(folder, name, path, problem));
    (void)snprintf(file.name, sizeof(file.name), "%s", name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    status_t status = descriptor < 0 ? STATUS_IO : digest_descriptor(descriptor, &file);
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, errno == ENOENT ? STATUS_DATA_LOSS : STATUS_IO,
                           "BACKUP_CHANGED", path, "cannot read %s: %s", path, strerror(errno));
    }
    *ret_file = file;
    return STATUS_OK;
}

status_t manifest_add(struct manifest *manifest, const char *folder, const char *name,
                      struct problem *problem)
{
    if (manifest->file_count == MANIFEST_FILES_MAX || strlen(name) > MANIFEST_NAME_MAX) {
        return STATUS_TOO_LARGE;
    }
    return manifest_measure(folder, name, &manifest->files[manifest->file_count++], problem);
}

/* --- writing --- */

static json_t *hex_json(const uint8_t digest[static SHA256_SIZE])
{
    char text[HEX_SIZE + 1];
    hex_encode(span_make(digest, SHA256_SIZE), text);
    return json_string(text);
}

static json_t *files_json(const struct manifest *manifest)
{
    json_t *list = json_array();
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "name", file->name, "size",
                                                    (json_int_t)file->size, "sha256",
                                                    hex_json(file->sha256)));
    }
    return list;
}

status_t manifest_write(const struct manifest *manifest, struct buf *ret_json)
{
    char made[EVENT_TIME_SIZE];
    event_time_write(manifest->made_ms, made);
    AUTO(json_decref)
    json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:i, s:I, s:o, s:o}", "format", MANIFEST_FORMAT,
                             "program", MINTMARK_VERSION, "made", made, "origin",
                             manifest->copy.origin, "schema_version", STORE_SCHEMA_VERSION,
                             "entries", (json_int_t)manifest->copy.entries, "config_sha256",
                             hex_json(manifest->config_sha256), "files", files_json(manifest));
    char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_append_text(ret_json, text);
    buf_append_byte(ret_json, '\n');
    free(text);
    return buf_status(ret_json);
}

/* --- reading --- */

static status_t no_manifest(const char *folder, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "BACKUP_MANIFEST", folder,
                       "%s is no backup that this program can restore: %s", folder, what);
}

static bool read_digest(const json_t *json, uint8_t ret_digest[static SHA256_SIZE])
{
    AUTO(buf_done) struct buf bytes;
    const char *text = json_string_value(json);
    buf_init(&bytes, SHA256_SIZE);
    if (text == NULL || hex_decode(span_text(text), &bytes) != STATUS_OK ||
        bytes.size != SHA256_SIZE) {
        return false;
    }
    memcpy(ret_digest, bytes.data, SHA256_SIZE);
    return true;
}

/* In the folder itself: a manifest that somebody wrote leads nowhere else. */
static bool is_name(const char *name)
{
    return name != NULL && name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
           strlen(name) <= MANIFEST_NAME_MAX;
}

static bool read_file(const json_t *json, struct manifest_file *file)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    json_int_t size = json_integer_value(json_object_get(json, "size"));
    if (!is_name(name) || size < 0 || !read_digest(json_object_get(json, "sha256"), file->sha256)) {
        return false;
    }
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    file->size = (uint64_t)size;
    return true;
}

static status_t read_files(const json_t *files, const char *folder, struct manifest *manifest,
                           struct problem *problem)
{
    size_t count = json_array_size(files);
    if (count == 0 || count > MANIFEST_FILES_MAX) {
        return no_manifest(folder, "its manifest names no files, or too many", problem);
    }
    for (size_t i = 0; i < count; i++) {
        struct manifest_file now;
        struct manifest_file *file = &manifest->files[i];
        if (!read_file(json_array_get(files, i), file)) {
            return no_manifest(folder, "a file's row in its manifest is not as it should be",
                               problem);
        }
        TRY(manifest_measure(folder, file->name, &now, problem));
        if (now.size != file->size || memcmp(now.sha256, file->sha256, SHA256_SIZE) != 0) {
            return problem_say(problem, STATUS_DATA_LOSS, "BACKUP_CHANGED", file->name,
                               "%s/%s is not the file that was backed up: use another copy", folder,
                               file->name);
        }
    }
    manifest->file_count = count;
    return STATUS_OK;
}

static status_t read_manifest(const json_t *json, const char *folder, struct manifest *manifest,
                              struct problem *problem)
{
    const char *origin = json_string_value(json_object_get(json, "origin"));
    if (json_integer_value(json_object_get(json, "format")) != MANIFEST_FORMAT) {
        return no_manifest(folder, "its format is another one, or manifest.json is no manifest",
                           problem);
    }
    if (origin == NULL || strlen(origin) >= STORE_ORIGIN_MAX ||
        !read_digest(json_object_get(json, "config_sha256"), manifest->config_sha256)) {
        return no_manifest(folder, "its manifest lacks the log's origin or config_sha256", problem);
    }
    (void)snprintf(manifest->copy.origin, sizeof(manifest->copy.origin), "%s", origin);
    manifest->copy.entries = (uint64_t)json_integer_value(json_object_get(json, "entries"));
    return read_files(json_object_get(json, "files"), folder, manifest, problem);
}

status_t manifest_read(const char *folder, struct manifest *ret_manifest, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf text;
    buf_init(&text, MANIFEST_MAX);
    TRY(path_in(folder, MANIFEST_FILE, path, problem));
    if (file_read(path, &text) != STATUS_OK) {
        return no_manifest(folder, "it has no manifest.json, so it was not finished", problem);
    }
    AUTO(json_decref)
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    *ret_manifest = (struct manifest){0};
    return read_manifest(json, folder, ret_manifest, problem);
}

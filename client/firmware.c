#include "client/firmware.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "client/files.h"
#include "lib/base/digest.h"
#include "lib/image/manifest.h"

enum { FILE_MAX = 32 * 1024 * 1024 }; /* the largest flash of these chips */

struct list {
    struct image_firmware files[IMAGE_FIRMWARE_MAX];
    size_t count;
};

/* Of a manifest that image_set_check has passed. */
static status_t read_list(struct span manifest, struct list *ret_list, struct problem *problem)
{
    json_t *root =
        json_loadb((const char *)manifest.data, manifest.size, JSON_REJECT_DUPLICATES, NULL);
    ret_list->count = 0;
    status_t status =
        image_firmware_read(root, NULL, 0, ret_list->files, &ret_list->count, problem);
    json_decref(root);
    return status;
}

status_t firmware_count(struct span manifest, size_t *ret_count, struct problem *problem)
{
    struct list list;
    TRY(read_list(manifest, &list, problem));
    *ret_count = list.count;
    return STATUS_OK;
}

static status_t set_path(const char *folder, const char *below, const char *name,
                         char ret_path[static PATH_MAX], struct problem *problem)
{
    return snprintf(ret_path, PATH_MAX, "%s/%s%s", folder, below, name) < PATH_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PATH", "--firmware", "a path is too long");
}

static bool is_same(struct span content, const struct image_firmware *file)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(content, digest);
    return content.size == file->size && memcmp(digest, file->sha256, sizeof(digest)) == 0;
}

/* ---- copying ---- */

/* Where `idf.py build` puts them, if they are not side by side. */
static status_t find(const char *source, const char *name, char ret_path[static PATH_MAX],
                     struct problem *problem)
{
    static const char *const below[] = {"", "bootloader/", "partition_table/"};
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        TRY(set_path(source, below[i], name, ret_path, problem));
        if (access(ret_path, F_OK) == 0) {
            return STATUS_OK;
        }
    }
    return problem_say(problem, STATUS_NOT_FOUND, "FIRMWARE_MISSING", "--firmware",
                       "%s is not in %.200s: give the folder with the firmware of this product's "
                       "revision",
                       name, source);
}

static status_t copy_one(const char *source, const struct image_firmware *file, const char *folder,
                         struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    TRY(find(source, file->file_name, path, problem));
    TRY(files_read(path, &content, problem));
    if (!is_same(buf_span(&content), file)) {
        return problem_say(problem, STATUS_REFUSED, "FIRMWARE_OTHER", path,
                           "%.200s is not the file that the product's revision pins by its "
                           "SHA-256: use that build, or approve a revision with this one",
                           path);
    }
    TRY(set_path(folder, "", file->file_name, path, problem));
    return files_write_output(path, buf_span(&content), problem);
}

status_t firmware_copy(const char *source, struct span manifest, const char *folder,
                       struct problem *problem)
{
    struct list list;
    char path[PATH_MAX];
    AUTO(buf_done) struct buf arguments;
    buf_init(&arguments, IMAGE_MANIFEST_MAX);
    TRY(read_list(manifest, &list, problem));
    if (list.count == 0) {
        return problem_say(problem, STATUS_REFUSED, "FIRMWARE_NONE", "--firmware",
                           "the product pins no firmware: leave --firmware out");
    }
    for (size_t i = 0; i < list.count; i++) {
        TRY(copy_one(source, &list.files[i], folder, problem));
    }
    TRY(image_firmware_write_args(list.files, list.count, &arguments));
    TRY(set_path(folder, "", IMAGE_FIRMWARE_ARGS, path, problem));
    return files_write_output(path, buf_span(&arguments), problem);
}

/* ---- verifying ---- */

static status_t damaged(const char *name, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "FIRMWARE_OTHER", name,
                       "%.100s %s: provision the unit again with --firmware", name, what);
}

static status_t verify_one(const char *folder, const struct image_firmware *file,
                           struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    TRY(set_path(folder, "", file->file_name, path, problem));
    return files_read(path, &content, NULL) == STATUS_OK && is_same(buf_span(&content), file)
               ? STATUS_OK
               : damaged(file->file_name, "is not the file that manifest.json pins", problem);
}

status_t firmware_verify(const char *folder, const struct image_firmware *files, size_t count,
                         struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf wanted;
    AUTO(buf_done) struct buf found;
    buf_init(&wanted, IMAGE_MANIFEST_MAX);
    buf_init(&found, IMAGE_MANIFEST_MAX);
    TRY(set_path(folder, "", IMAGE_FIRMWARE_ARGS, path, problem));
    if (access(path, F_OK) != 0) {
        return STATUS_OK;
    }
    TRY(image_firmware_write_args(files, count, &wanted));
    if (files_read(path, &found, NULL) != STATUS_OK ||
        !span_equal(buf_span(&wanted), buf_span(&found))) {
        return damaged(IMAGE_FIRMWARE_ARGS, "says something else than manifest.json", problem);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(verify_one(folder, &files[i], problem));
    }
    return STATUS_OK;
}

/* What the files of a firmware build say. */
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "client/files.h"
#include "client/product.h"
#include "lib/image/number.h"

static status_t set_path(const char *folder, const char *name, char *ret_path,
                         struct problem *problem)
{
    bool whole = folder == NULL || name[0] == '/';
    int length =
        snprintf(ret_path, PRODUCT_PATH_MAX, "%s%s%s", whole ? "" : folder, whole ? "" : "/", name);
    if (length >= PRODUCT_PATH_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "PATH", "", "a path is longer than %d bytes",
                           PRODUCT_PATH_MAX - 1);
    }
    return STATUS_OK;
}

/* The path of what was given, or of the first of `names` that is in the folder; else empty. */
static status_t find_file(const char *given, const char *folder, const char *const names[2],
                          char *ret_path, struct problem *problem)
{
    ret_path[0] = '\0';
    if (given != NULL) {
        return set_path(NULL, given, ret_path, problem);
    }
    for (size_t i = 0; folder != NULL && i < 2 && names[i] != NULL; i++) {
        TRY(set_path(folder, names[i], ret_path, problem));
        if (access(ret_path, F_OK) == 0) {
            return STATUS_OK;
        }
        ret_path[0] = '\0';
    }
    return STATUS_OK;
}

static status_t read_sdkconfig(const struct product_arguments *arguments,
                               struct product_build *build, struct problem *problem)
{
    static const char *const names[2] = {"sdkconfig", "../sdkconfig"};
    AUTO(buf_done) struct buf content;
    buf_init(&content, IMAGE_SDKCONFIG_FILE_MAX);
    TRY(find_file(arguments->sdkconfig, arguments->from, names, build->sdkconfig_path, problem));
    if (build->sdkconfig_path[0] == '\0') {
        return STATUS_OK;
    }
    TRY(files_read(build->sdkconfig_path, &content, problem));
    return image_sdkconfig_read(build->sdkconfig_path, buf_span(&content), &build->sdkconfig,
                                problem);
}

/* A build without its binary table has still the CSV that sdkconfig names, beside sdkconfig. */
static status_t find_table(const struct product_arguments *arguments, struct product_build *build,
                           struct problem *problem)
{
    static const char *const names[2] = {"partition_table/partition-table.bin", NULL};
    const struct image_sdkconfig_value *file = &build->sdkconfig.values[IMAGE_SDKCONFIG_TABLE_FILE];
    TRY(find_file(arguments->partition_table, arguments->from, names, build->table_path, problem));
    if (build->table_path[0] != '\0' || arguments->from == NULL || file->text[0] == '\0') {
        return STATUS_OK;
    }
    char project[PRODUCT_PATH_MAX];
    const char *const csv[2] = {file->text, NULL};
    (void)snprintf(project, sizeof(project), "%s", build->sdkconfig_path);
    return find_file(NULL, dirname(project), csv, build->table_path, problem);
}

uint32_t product_build_table_offset(const struct product_build *build)
{
    const struct image_sdkconfig_value *offset =
        &build->sdkconfig.values[IMAGE_SDKCONFIG_TABLE_OFFSET];
    return offset->is_set ? offset->number : IMAGE_PARTITION_TABLE_OFFSET;
}

static status_t read_table(const struct product_arguments *arguments, struct product_build *build,
                           struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, IMAGE_PARTITION_TABLE_FILE_MAX);
    TRY(find_table(arguments, build, problem));
    if (build->table_path[0] == '\0') {
        return STATUS_OK;
    }
    TRY(files_read(build->table_path, &content, problem));
    return image_partition_table_read(build->table_path, buf_span(&content),
                                      product_build_table_offset(build), &build->table, problem);
}

static status_t bad_flasher_args(const struct product_build *build, struct problem *problem,
                                 const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, "FLASHER_ARGS", build->flasher_path, "%s", what);
}

static status_t read_flashed(const json_t *root, struct product_build *build,
                             struct problem *problem)
{
    const char *offset;
    json_t *file;
    json_object_foreach(json_object_get(root, "flash_files"), offset, file)
    {
        if (build->flashed_count == PRODUCT_FLASHED_MAX) {
            return bad_flasher_args(build, problem, "more than 32 files in flash_files");
        }
        struct product_flashed *flashed = &build->flashed[build->flashed_count];
        if (!json_is_string(file) || !image_number_read(span_text(offset), &flashed->offset)) {
            return bad_flasher_args(build, problem,
                                    "flash_files maps offsets (\"0x10000\") to file names");
        }
        (void)snprintf(flashed->file, sizeof(flashed->file), "%s", json_string_value(file));
        build->flashed_count++;
    }
    return STATUS_OK;
}

static status_t read_flasher_args(const struct product_arguments *arguments,
                                  struct product_build *build, struct problem *problem)
{
    static const char *const names[2] = {"flasher_args.json", NULL};
    AUTO(buf_done) struct buf content;
    buf_init(&content, PRODUCT_FLASHER_ARGS_FILE_MAX);
    TRY(find_file(arguments->flasher_args, arguments->from, names, build->flasher_path, problem));
    if (build->flasher_path[0] == '\0') {
        return STATUS_OK;
    }
    TRY(files_read(build->flasher_path, &content, problem));
    json_t *root =
        json_loadb((const char *)content.data, content.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return bad_flasher_args(build, problem, "not the JSON object that a build writes");
    }
    const char *chip =
        json_string_value(json_object_get(json_object_get(root, "extra_esptool_args"), "chip"));
    (void)snprintf(build->chip, sizeof(build->chip), "%s", chip != NULL ? chip : "");
    status_t status = read_flashed(root, build, problem);
    json_decref(root);
    return status;
}

status_t product_build_read(const struct product_arguments *arguments,
                            struct product_build *ret_build, struct problem *problem)
{
    struct product_build build = {.chip = ""};
    TRY(read_sdkconfig(arguments, &build, problem));
    TRY(read_table(arguments, &build, problem));
    TRY(read_flasher_args(arguments, &build, problem));
    if (build.sdkconfig_path[0] == '\0' && build.table_path[0] == '\0' &&
        build.flasher_path[0] == '\0') {
        return problem_say(problem, STATUS_NOT_FOUND, "BUILD", arguments->from,
                           "no sdkconfig, partition table or flasher_args.json there: name the "
                           "folder that `idf.py build` wrote");
    }
    *ret_build = build;
    return STATUS_OK;
}

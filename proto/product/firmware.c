#include "proto/product/firmware.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/image/number.h"
#include "lib/image/rules.h"
#include "proto/product/file.h"

enum {
    FLASHER_ARGS_MAX = 64 * 1024,
    FIRMWARE_MAX = 32 * 1024 * 1024, /* the largest flash of these chips */
};

static const char FIELD[] = "firmware";

/* ---- sending ---- */

static status_t bad_build(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "FLASHER_ARGS", FIELD, "%s", what);
}

/* With flash encryption these files are not what lies in flash, and how they get there is the
 * build's own matter. */
static status_t check_plain(json_t *root, struct problem *problem)
{
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        const char *encrypted = json_string_value(json_object_get(value, "encrypted"));
        if (encrypted != NULL && strcmp(encrypted, "true") == 0) {
            return problem_say(problem, STATUS_REFUSED, "FIRMWARE_ENCRYPTED", FIELD,
                               "the build's file %.40s is written with flash encryption: leave "
                               "firmware out and flash it as the build says",
                               key);
        }
    }
    return STATUS_OK;
}

static status_t describe(const struct product_file *named, Mintmark__V1__FirmwareFile *file,
                         struct problem *problem)
{
    ProtobufCBinaryData content = {0};
    uint8_t digest[SHA256_SIZE];
    char words[2 * SHA256_SIZE + 1];
    const char *base = strrchr(named->name, '/');
    TRY(product_file_read(named, &content, problem));
    digest_sha256(span_make(content.data, content.len), digest);
    free(content.data);
    hex_encode(SPAN_OF(digest), words);
    file->size = (uint32_t)content.len;
    file->sha256 = strdup(words);
    file->file = strdup(base != NULL ? base + 1 : named->name);
    return file->sha256 != NULL && file->file != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Before those that come behind it in flash: two builds alike give products alike. */
static void insert(Mintmark__V1__Product *message, Mintmark__V1__FirmwareFile *file)
{
    size_t place = message->n_firmware_files++;
    for (; place > 0 && message->firmware_files[place - 1]->offset > file->offset; place--) {
        message->firmware_files[place] = message->firmware_files[place - 1];
    }
    message->firmware_files[place] = file;
}

static status_t add(const char *build, const char *offset, json_t *name,
                    Mintmark__V1__Product *message, struct problem *problem)
{
    const struct product_file named = {build, json_string_value(name), FIELD, FIRMWARE_MAX};
    uint32_t place = 0;
    if (named.name == NULL || !image_number_read(span_text(offset), &place)) {
        return bad_build("flash_files maps offsets (\"0x10000\") to file names", problem);
    }
    TRY(image_rules_count(FIELD, message->n_firmware_files + 1, IMAGE_FIRMWARE_MAX, problem));
    Mintmark__V1__FirmwareFile *file = malloc(sizeof(*file));
    if (file == NULL) {
        return STATUS_NO_MEMORY;
    }
    mintmark__v1__firmware_file__init(file);
    file->offset = place;
    insert(message, file); /* the message frees it from here */
    return describe(&named, file, problem);
}

static status_t add_all(const char *build, json_t *root, Mintmark__V1__Product *message,
                        struct problem *problem)
{
    const char *offset;
    json_t *name;
    json_t *files = json_object_get(root, "flash_files");
    if (json_object_size(files) == 0) {
        return bad_build("not the flasher_args.json of a build: it has no flash_files", problem);
    }
    if (message->n_firmware_files > 0) {
        return problem_say(problem, STATUS_INVALID, "FIRMWARE", "firmware_files",
                           "firmware names a build whose files take this place: leave one out");
    }
    message->firmware_files = calloc(IMAGE_FIRMWARE_MAX, sizeof(void *));
    if (message->firmware_files == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(check_plain(root, problem));
    json_object_foreach(files, offset, name)
    {
        TRY(add(build, offset, name, message, problem));
    }
    return STATUS_OK;
}

status_t product_firmware_read(const char *path, Mintmark__V1__Product *message,
                               struct problem *problem)
{
    const struct product_file build = {path, message->firmware, FIELD, FLASHER_ARGS_MAX};
    ProtobufCBinaryData content = {0};
    char place[PATH_MAX];
    if (message->firmware[0] == '\0') {
        return STATUS_OK;
    }
    TRY(product_file_read(&build, &content, problem));
    json_t *root =
        json_loadb((const char *)content.data, content.len, JSON_REJECT_DUPLICATES, NULL);
    free(content.data);
    status_t status = product_file_path(&build, place) ? add_all(place, root, message, problem)
                                                       : STATUS_TOO_LARGE;
    json_decref(root);
    message->firmware[0] = '\0'; /* a name of this machine's: not sent */
    return status;
}

/* ---- what was sent ---- */

static status_t take(const Mintmark__V1__FirmwareFile *file, struct image_firmware *ret_file)
{
    AUTO(buf_done) struct buf digest = {.limit = SHA256_SIZE};
    if (strlen(file->file) > IMAGE_FIRMWARE_NAME_MAX ||
        hex_decode(span_text(file->sha256), &digest) != STATUS_OK || digest.size != SHA256_SIZE) {
        return STATUS_INVALID;
    }
    memcpy(ret_file->file_name, file->file, strlen(file->file) + 1);
    memcpy(ret_file->sha256, digest.data, SHA256_SIZE);
    ret_file->offset = file->offset;
    ret_file->size = file->size;
    return STATUS_OK;
}

status_t product_firmware_take(const Mintmark__V1__Product *message, struct image_product *image,
                               struct problem *problem)
{
    if (message->sdkconfig[0] != '\0' || message->firmware[0] != '\0') {
        return problem_say(problem, STATUS_INVALID, "FIRMWARE",
                           message->firmware[0] != '\0' ? FIELD : "sdkconfig",
                           "a build's files are read by whoever sends the product: send "
                           "firmware_files");
    }
    TRY(image_rules_count("firmware_files", message->n_firmware_files, IMAGE_FIRMWARE_MAX,
                          problem));
    for (size_t i = 0; i < message->n_firmware_files; i++) {
        if (take(message->firmware_files[i], &image->firmware[i]) != STATUS_OK) {
            char field[PROBLEM_FIELD_MAX];
            (void)snprintf(field, sizeof(field), "firmware_files[%zu]", i);
            return problem_say(problem, STATUS_INVALID, "FIRMWARE", field,
                               "a name has at most 63 characters, and sha256 64 hexadecimal "
                               "digits");
        }
    }
    image->firmware_count = message->n_firmware_files;
    return STATUS_OK;
}

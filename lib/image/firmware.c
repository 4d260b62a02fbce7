#include "lib/image/firmware.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

enum { SECTOR = 4096 };

/* Bytes of flash that are somebody's. */
struct area {
    uint64_t from;
    uint64_t to;
};

static struct area area_of(uint32_t offset, size_t size)
{
    return (struct area){offset, ((uint64_t)offset + size + SECTOR - 1) / SECTOR * SECTOR};
}

static bool overlap(struct area a, struct area b)
{
    return a.from < b.to && b.from < a.to;
}

/* "app.bin": the name of a file beside others in a folder, which is an argument of esptool. */
static bool is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strspn(name, allowed);
    return size > 4 && size <= IMAGE_FIRMWARE_NAME_MAX && name[size] == '\0' && name[0] != '.' &&
           name[0] != '-' && strcmp(name + size - 4, ".bin") == 0;
}

/* What is wrong with file `index`, beside those before it; NULL: nothing. */
static const char *find_fault(const struct image_firmware *files, size_t index)
{
    const struct image_firmware *file = &files[index];
    struct area area = area_of(file->offset, file->size);
    if (!is_name(file->file_name)) {
        return "a name has letters, digits, '.', '_' and '-', at most 63, and ends with .bin";
    }
    if (file->offset % SECTOR != 0 || file->size == 0 || area.to > UINT32_MAX) {
        return "an offset is a multiple of 0x1000, and no file is empty or ends beyond 4 GiB";
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(files[i].file_name, file->file_name) == 0) {
            return "two files have the same name";
        }
        if (overlap(area_of(files[i].offset, files[i].size), area)) {
            return "two files overlap in flash";
        }
    }
    return NULL;
}

static bool takes_place_of(const struct image_firmware *file, const char *label, struct area area)
{
    char name[IMAGE_LABEL_MAX + 5];
    (void)snprintf(name, sizeof(name), "%s.bin", label);
    return strcmp(name, file->file_name) == 0 || overlap(area_of(file->offset, file->size), area);
}

static status_t refuse(size_t index, const char *what, struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "firmware_files[%zu]", index);
    return problem_say(problem, STATUS_INVALID, "FIRMWARE", field, "%s", what);
}

status_t image_firmware_check(const struct image_product *product, struct problem *problem)
{
    const struct image_partition *own[] = {&product->factory_data, &product->nvs_keys,
                                           &product->secure_cert};
    for (size_t i = 0; i < product->firmware_count; i++) {
        const struct image_firmware *file = &product->firmware[i];
        const char *fault = find_fault(product->firmware, i);
        if (fault != NULL) {
            return refuse(i, fault, problem);
        }
        for (size_t j = 0; j < sizeof(own) / sizeof(own[0]); j++) {
            if (own[j]->size > 0 &&
                takes_place_of(file, own[j]->label, area_of(own[j]->offset, own[j]->size))) {
                return refuse(i,
                              "has the place or the name of an image of the unit's own: leave "
                              "it out of the build's files",
                              problem);
            }
        }
    }
    return STATUS_OK;
}

/* ---- in the manifest ---- */

void image_firmware_write(const struct image_firmware *files, size_t count, struct buf *ret_json)
{
    for (size_t i = 0; i < count; i++) {
        char sha256[2 * SHA256_SIZE + 1];
        hex_encode(SPAN_OF(files[i].sha256), sha256);
        buf_print(ret_json,
                  "%s    {\"file\": \"%s\", \"offset\": \"0x%" PRIx32 "\", \"offset_number\": "
                  "%" PRIu32 ", \"size\": %" PRIu32 ", \"sha256\": \"%s\"}%s",
                  i == 0 ? "  \"firmware\": [\n" : "", files[i].file_name, files[i].offset,
                  files[i].offset, files[i].size, sha256, i + 1 < count ? ",\n" : "\n  ],\n");
    }
}

static status_t bad_manifest(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "MANIFEST", "firmware",
                       "manifest.json: %s: fetch the set again", what);
}

static bool read_file(json_t *entry, struct image_firmware *ret_file)
{
    const char *name, *digest;
    json_int_t offset, size;
    AUTO(buf_done) struct buf sha256 = {.limit = SHA256_SIZE};
    if (json_unpack(entry, "{s:s, s:I, s:I, s:s}", "file", &name, "offset_number", &offset, "size",
                    &size, "sha256", &digest) != 0 ||
        strlen(name) > IMAGE_FIRMWARE_NAME_MAX || offset < 0 || offset > UINT32_MAX || size < 0 ||
        size > UINT32_MAX || hex_decode(span_text(digest), &sha256) != STATUS_OK ||
        sha256.size != SHA256_SIZE) {
        return false;
    }
    memcpy(ret_file->file_name, name, strlen(name) + 1);
    memcpy(ret_file->sha256, sha256.data, SHA256_SIZE);
    ret_file->offset = (uint32_t)offset;
    ret_file->size = (uint32_t)size;
    return true;
}

static status_t check_beside(const struct image_firmware *file, const struct image_file *images,
                             size_t image_count, struct problem *problem)
{
    for (size_t i = 0; i < image_count; i++) {
        struct area area = area_of(images[i].offset, images[i].content.size);
        if (takes_place_of(file, images[i].label, area)) {
            return bad_manifest("a firmware file has the place or name of an image", problem);
        }
    }
    return STATUS_OK;
}

status_t image_firmware_read(const json_t *root, const struct image_file *images,
                             size_t image_count,
                             struct image_firmware ret_files[static IMAGE_FIRMWARE_MAX],
                             size_t *ret_count, struct problem *problem)
{
    json_t *list = json_object_get(root, "firmware");
    size_t count = json_array_size(list);
    if (count > IMAGE_FIRMWARE_MAX || (list != NULL && count == 0)) {
        return bad_manifest("firmware is no list of files, or too many", problem);
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_file(json_array_get(list, i), &ret_files[i])) {
            return bad_manifest("an entry of firmware is none", problem);
        }
        const char *fault = find_fault(ret_files, i);
        if (fault != NULL) {
            return bad_manifest(fault, problem);
        }
        TRY(check_beside(&ret_files[i], images, image_count, problem));
    }
    *ret_count = count;
    return STATUS_OK;
}

status_t image_firmware_write_args(const struct image_firmware *files, size_t count,
                                   struct buf *ret_arguments)
{
    for (size_t i = 0; i < count; i++) {
        buf_print(ret_arguments, "0x%" PRIx32 " %s\n", files[i].offset, files[i].file_name);
    }
    return buf_status(ret_arguments);
}

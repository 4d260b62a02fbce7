/* SPEC.md §5, 1: manifest.json against the files it came with. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/image/efuse.h"
#include "lib/image/firmware.h"
#include "lib/image/manifest.h"

/* One entry of "files". Texts borrow from the JSON value. */
struct entry {
    const char *role;
    const char *label;
    const char *file;
    const char *offset;
    json_int_t offset_number;
    json_int_t size;
    const char *sha256;
    const char *md5;
    int encrypt;
};

static inline void json_free(json_t *value)
{
    json_decref(value);
}
OWN_POINTER(json_t, json_free)

static status_t bad_manifest(struct problem *problem, const char *field, const char *what)
{
    return problem_say(problem, STATUS_DATA_LOSS, "MANIFEST", field,
                       "manifest.json: %s: fetch the set again", what);
}

static status_t load(struct span manifest, json_t **ret_root, json_t **ret_files,
                     struct problem *problem)
{
    if (manifest.size > IMAGE_MANIFEST_MAX) {
        return bad_manifest(problem, "manifest", "longer than 16 KiB");
    }
    json_error_t error;
    AUTO(json_free)
    json_t *root =
        json_loadb((const char *)manifest.data, manifest.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return bad_manifest(problem, "manifest", "not JSON");
    }
    int schema = 0;
    json_t *files = NULL;
    if (json_unpack(root, "{s:i, s:o}", "schema", &schema, "files", &files) != 0 ||
        !json_is_array(files)) {
        return bad_manifest(problem, "files", "\"schema\" or \"files\" is missing");
    }
    if (schema != IMAGE_MANIFEST_SCHEMA) {
        return bad_manifest(problem, "schema", "a schema this program does not know");
    }
    *ret_root = TAKE(root);
    *ret_files = files;
    return STATUS_OK;
}

static const struct image_file *find_file(const struct image_check *check, const char *name)
{
    for (size_t i = 0; i < check->file_count; i++) {
        if (strcmp(check->files[i].file_name, name) == 0) {
            return &check->files[i];
        }
    }
    return NULL;
}

static bool place_same(const struct entry *entry, const struct image_file *file)
{
    char offset[16];
    (void)snprintf(offset, sizeof(offset), "0x%" PRIx32, file->offset);
    return strcmp(entry->label, file->label) == 0 && strcmp(entry->offset, offset) == 0 &&
           entry->offset_number == (json_int_t)file->offset &&
           (entry->encrypt != 0) == file->encrypt;
}

static bool content_same(const struct entry *entry, const struct image_file *file)
{
    uint8_t sha256[SHA256_SIZE], md5[MD5_SIZE];
    char sha256_text[2 * SHA256_SIZE + 1], md5_text[2 * MD5_SIZE + 1];
    digest_sha256(buf_span(&file->content), sha256);
    digest_md5(buf_span(&file->content), md5);
    hex_encode(SPAN_OF(sha256), sha256_text);
    hex_encode(SPAN_OF(md5), md5_text);
    return entry->size == (json_int_t)file->content.size &&
           strcmp(entry->sha256, sha256_text) == 0 && strcmp(entry->md5, md5_text) == 0 &&
           memcmp(file->sha256, sha256, sizeof(sha256)) == 0;
}

static status_t check_entry(const struct image_check *check, json_t *value,
                            struct image_manifest_parts *parts, struct problem *problem)
{
    struct entry e;
    if (json_unpack(value, "{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:b}", "role", &e.role,
                    "label", &e.label, "file", &e.file, "offset", &e.offset, "offset_number",
                    &e.offset_number, "size", &e.size, "sha256", &e.sha256, "md5", &e.md5,
                    "encrypt", &e.encrypt) != 0) {
        return bad_manifest(problem, "files", "an entry lacks a member, or one has another type");
    }
    const struct image_file *file = find_file(check, e.file);
    if (file == NULL || !place_same(&e, file)) {
        return bad_manifest(problem, "files", "label, offset or flag differ from the file's");
    }
    if (!content_same(&e, file)) {
        return problem_say(problem, STATUS_DATA_LOSS, "IMAGE_DIGEST", file->file_name,
                           "size or digest differ from manifest.json: fetch the set again");
    }
    enum image_role role;
    if (!image_manifest_role(e.role, &role) || parts->files[role] != NULL) {
        return bad_manifest(problem, "files", "a role is unknown or stands twice");
    }
    parts->files[role] = file;
    return STATUS_OK;
}

/* Nothing but the files of the set, each at its place: esptool runs what stands there. */
static status_t check_flash_args(const struct image_check *check, struct problem *problem)
{
    AUTO(buf_done) struct buf wanted;
    buf_init(&wanted, IMAGE_MANIFEST_MAX);
    TRY(image_manifest_write_flash_args(check->files, check->file_count, &wanted));
    if (check->flash_args.size > 0 && !span_equal(check->flash_args, buf_span(&wanted))) {
        return problem_say(problem, STATUS_DATA_LOSS, "FLASH_ARGS", "flash_args",
                           "flash_args says something else than manifest.json: fetch the set "
                           "again");
    }
    return STATUS_OK;
}

/* ---- eFuse keys ---- */

static const struct image_efuse_key *find_key(const struct image_check *check, const char *name)
{
    for (size_t i = 0; i < check->efuse_key_count; i++) {
        if (strcmp(check->efuse_keys[i].file_name, name) == 0) {
            return &check->efuse_keys[i];
        }
    }
    return NULL;
}

bool image_manifest_uses(json_t *uses, bool *ret_nvs, bool *ret_dac)
{
    const char *first = json_string_value(json_array_get(uses, 0));
    const char *second = json_string_value(json_array_get(uses, 1));
    size_t count = json_array_size(uses);
    *ret_nvs = first != NULL && strcmp(first, "nvs") == 0;
    *ret_dac = first != NULL && strcmp(first, "dac") == 0;
    if (count == 2 && *ret_nvs && second != NULL && strcmp(second, "dac") == 0) {
        *ret_dac = true;
        return true;
    }
    return count == 1 && (*ret_nvs || *ret_dac);
}

static bool key_same(json_t *entry, const struct image_efuse_key *key)
{
    uint8_t digest[SHA256_SIZE];
    char sha256[2 * SHA256_SIZE + 1], block[16];
    const char *said_block, *said_purpose, *said_sha256;
    json_int_t size;
    if (json_unpack(entry, "{s:s, s:s, s:s, s:I}", "block", &said_block, "purpose", &said_purpose,
                    "sha256", &said_sha256, "size", &size) != 0) {
        return false;
    }
    digest_sha256(buf_span(&key->content), digest);
    hex_encode(SPAN_OF(digest), sha256);
    (void)snprintf(block, sizeof(block), "BLOCK_KEY%u", key->block);
    return strcmp(said_block, block) == 0 && strcmp(said_purpose, key->purpose) == 0 &&
           strcmp(said_sha256, sha256) == 0 && size == (json_int_t)key->content.size;
}

/* A purpose goes with a use, and both give the file's name. */
static bool key_sensible(const struct image_efuse_key *key, bool nvs)
{
    bool ecdsa = strcmp(key->purpose, IMAGE_EFUSE_ECDSA) == 0;
    bool hmac = strcmp(key->purpose, IMAGE_EFUSE_HMAC) == 0;
    return (hmac || (ecdsa && !nvs)) &&
           strcmp(key->file_name, image_efuse_file(key->purpose, nvs)) == 0;
}

static status_t check_efuse_key(const struct image_check *check, json_t *entry,
                                struct image_manifest_parts *parts, struct problem *problem)
{
    const char *name = json_string_value(json_object_get(entry, "file"));
    const struct image_efuse_key *key = name != NULL ? find_key(check, name) : NULL;
    bool nvs, dac;
    if (key == NULL || !key_same(entry, key)) {
        return bad_manifest(problem, "efuse_keys", "says something else than the key received");
    }
    if (!image_manifest_uses(json_object_get(entry, "for"), &nvs, &dac) ||
        !key_sensible(key, nvs)) {
        return bad_manifest(problem, "efuse_keys", "a key's purpose is not what it is for");
    }
    if ((nvs && parts->nvs_key != NULL) || (dac && parts->dac_key != NULL)) {
        return bad_manifest(problem, "efuse_keys", "two keys are for the same");
    }
    parts->nvs_key = nvs ? key : parts->nvs_key;
    parts->dac_key = dac ? key : parts->dac_key;
    return STATUS_OK;
}

static status_t check_efuse_keys(const struct image_check *check, json_t *root,
                                 struct image_manifest_parts *parts, struct problem *problem)
{
    json_t *keys = json_object_get(root, "efuse_keys");
    size_t index;
    json_t *entry;
    if (json_array_size(keys) != check->efuse_key_count) {
        return bad_manifest(problem, "efuse_keys", "another number of keys than the set");
    }
    json_array_foreach(keys, index, entry)
    {
        TRY(check_efuse_key(check, entry, parts, problem));
    }
    if (parts->nvs_key != NULL && parts->dac_key != NULL && parts->nvs_key != parts->dac_key &&
        parts->nvs_key->block == parts->dac_key->block) {
        return bad_manifest(problem, "efuse_keys", "two keys are for the same block");
    }
    return STATUS_OK;
}

/* ---- the whole ---- */

static bool overlap(const struct image_file *a, const struct image_file *b)
{
    return a->offset < b->offset + b->content.size && b->offset < a->offset + a->content.size;
}

/* In a folder and in flash each has a name and a place of its own. */
static status_t check_files(const struct image_check *check,
                            const struct image_manifest_parts *parts, struct problem *problem)
{
    for (size_t i = 0; i < check->file_count; i++) {
        const struct image_file *file = &check->files[i];
        char name[sizeof(file->file_name)];
        (void)snprintf(name, sizeof(name), "%s.bin", file->label);
        if (strcmp(name, file->file_name) != 0) {
            return bad_manifest(problem, "files", "a file is not named after its partition");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(check->files[j].file_name, file->file_name) == 0) {
                return bad_manifest(problem, "files", "one file stands twice");
            }
            if (overlap(&check->files[j], file)) {
                return bad_manifest(problem, "files", "two files overlap in flash");
            }
        }
    }
    return parts->files[IMAGE_ROLE_FACTORY_DATA] != NULL
               ? STATUS_OK
               : bad_manifest(problem, "files", "no file has the role factory-data");
}

status_t image_manifest_check(const struct image_check *check,
                              struct image_manifest_parts *ret_parts, struct problem *problem)
{
    AUTO(json_free) json_t *root = NULL;
    json_t *files = NULL;
    TRY(load(check->manifest, &root, &files, problem));
    if (check->file_count != json_array_size(files)) {
        return bad_manifest(problem, "files", "another number of files than the set");
    }
    struct image_manifest_parts parts = {0};
    size_t index;
    json_t *value;
    json_array_foreach(files, index, value)
    {
        TRY(check_entry(check, value, &parts, problem));
    }
    TRY(check_files(check, &parts, problem));
    TRY(check_efuse_keys(check, root, &parts, problem));
    TRY(check_flash_args(check, problem));
    TRY(image_firmware_read(root, check->files, check->file_count, parts.firmware,
                            &parts.firmware_count, problem));
    *ret_parts = parts;
    return STATUS_OK;
}

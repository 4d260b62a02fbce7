#include "lib/image/manifest.h"

#include <inttypes.h>
#include <jansson.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

static const char *const role_names[IMAGE_ROLE_COUNT] = {"factory-data", "nvs-keys"};

/* ---- writing ---- */

/* Written as text: image_product_check lets no label or chip pass that JSON would have to escape,
 * and the bytes are the same for ever, whatever library prints JSON. */
static void write_file(const struct image_file *file, enum image_role role, struct buf *json)
{
    char sha256[2 * SHA256_SIZE + 1];
    char md5[2 * MD5_SIZE + 1];
    hex_encode(SPAN_OF(file->sha256), sha256);
    hex_encode(SPAN_OF(file->md5), md5);
    buf_print(json,
              "    {\n"
              "      \"role\": \"%s\",\n"
              "      \"label\": \"%s\",\n"
              "      \"file\": \"%s\",\n"
              "      \"offset\": \"0x%" PRIx32 "\",\n"
              "      \"offset_number\": %" PRIu32 ",\n"
              "      \"size\": %zu,\n"
              "      \"sha256\": \"%s\",\n"
              "      \"md5\": \"%s\",\n"
              "      \"encrypt\": %s\n"
              "    }",
              role_names[role], file->label, file->file_name, file->offset, file->offset,
              file->content.size, sha256, md5, file->encrypt ? "true" : "false");
}

/* Not among "files": whoever writes those to flash must not meet it there. */
static void write_efuse_key(const struct image_efuse_key *key, struct buf *json)
{
    uint8_t digest[SHA256_SIZE];
    char sha256[2 * SHA256_SIZE + 1];
    digest_sha256(buf_span(&key->content), digest);
    hex_encode(SPAN_OF(digest), sha256);
    buf_print(json,
              "  \"efuse_key\": {\"block\": \"BLOCK_KEY%u\", \"purpose\": \"%s\", \"file\": "
              "\"%s\", \"size\": %zu, \"sha256\": \"%s\"},\n",
              key->block, IMAGE_EFUSE_PURPOSE, IMAGE_EFUSE_FILE, key->content.size, sha256);
}

/* SPEC.md §4.2: what cannot be repeated comes first, so that a device is never left with data it
 * could not read. */
static void write_burn_step(const char *chip, const struct image_efuse_key *key, struct buf *json)
{
    buf_print(json,
              "    {\"burn\": [\"%s\"], \"espefuse\": [\"--chip\", \"%s\", \"burn-key\", "
              "\"BLOCK_KEY%u\", \"%s\", \"%s\"]},\n",
              IMAGE_EFUSE_FILE, chip, key->block, IMAGE_EFUSE_FILE, IMAGE_EFUSE_PURPOSE);
}

/* SPEC.md §4.2: keys first, and no reset in between, so that firmware never meets encrypted factory
 * data without its keys. */
static void write_steps(const char *chip, const struct image_set *set, struct buf *json)
{
    if (set->efuse_key.content.size > 0) {
        write_burn_step(chip, &set->efuse_key, json);
    }
    for (size_t i = 0; i < set->file_count; i++) {
        const struct image_file *file = &set->files[i];
        if (file->encrypt) {
            buf_print(json,
                      "    {\"write\": [\"%s\"], \"esptool\": [\"--chip\", \"%s\", \"--after\", "
                      "\"no-reset\", \"write-flash\", \"--encrypt\", \"0x%" PRIx32
                      "\", \"%s\"]},\n",
                      file->file_name, chip, file->offset, file->file_name);
        }
    }
    buf_append_text(json, "    {\"write\": [");
    const char *separator = "";
    for (size_t i = 0; i < set->file_count; i++) {
        if (!set->files[i].encrypt) {
            buf_print(json, "%s\"%s\"", separator, set->files[i].file_name);
            separator = ", ";
        }
    }
    buf_print(json, "], \"esptool\": [\"--chip\", \"%s\", \"write-flash\", \"@flash_args\"]}\n",
              chip);
}

status_t image_manifest_write(const char *chip, const struct image_set *set, struct buf *ret_json)
{
    buf_print(ret_json,
              "{\n  \"schema\": %d,\n  \"image_revision\": %d,\n  \"chip\": \"%s\",\n"
              "  \"files\": [\n",
              IMAGE_MANIFEST_SCHEMA, IMAGE_REVISION, chip);
    for (size_t i = 0; i < set->file_count; i++) {
        write_file(&set->files[i], (enum image_role)i, ret_json);
        buf_append_text(ret_json, i + 1 < set->file_count ? ",\n" : "\n");
    }
    buf_append_text(ret_json, "  ],\n");
    if (set->efuse_key.content.size > 0) {
        write_efuse_key(&set->efuse_key, ret_json);
    }
    buf_append_text(ret_json, "  \"steps\": [\n");
    write_steps(chip, set, ret_json);
    buf_append_text(ret_json, "  ]\n}\n");
    return buf_status(ret_json);
}

status_t image_manifest_write_flash_args(const struct image_file *files, size_t count,
                                         struct buf *ret_arguments)
{
    for (size_t i = 0; i < count; i++) {
        if (!files[i].encrypt) {
            buf_print(ret_arguments, "0x%" PRIx32 " %s\n", files[i].offset, files[i].file_name);
        }
    }
    return buf_status(ret_arguments);
}

/* ---- checking ---- */

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
                            const struct image_file *by_role[IMAGE_ROLE_COUNT],
                            struct problem *problem)
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
    for (size_t role = 0; role < IMAGE_ROLE_COUNT; role++) {
        if (strcmp(e.role, role_names[role]) == 0 && by_role[role] == NULL) {
            by_role[role] = file;
            return STATUS_OK;
        }
    }
    return bad_manifest(problem, "files", "a role is unknown or stands twice");
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

static status_t check_efuse_key(const struct image_check *check, json_t *root,
                                struct problem *problem)
{
    const struct image_efuse_key *key = &check->efuse_key;
    json_t *entry = json_object_get(root, "efuse_key");
    uint8_t digest[SHA256_SIZE];
    char sha256[2 * SHA256_SIZE + 1], block[16];
    const char *said_block, *said_purpose, *said_file, *said_sha256;
    if (entry == NULL && key->content.size == 0) {
        return STATUS_OK;
    }
    if (json_unpack(entry, "{s:s, s:s, s:s, s:s}", "block", &said_block, "purpose", &said_purpose,
                    "file", &said_file, "sha256", &said_sha256) != 0) {
        return bad_manifest(problem, "efuse_key", "missing, or lacks a member");
    }
    if (find_file(check, IMAGE_EFUSE_FILE) != NULL) {
        return bad_manifest(problem, "files", "an image has the name of the eFuse key's file");
    }
    digest_sha256(buf_span(&key->content), digest);
    hex_encode(SPAN_OF(digest), sha256);
    (void)snprintf(block, sizeof(block), "BLOCK_KEY%u", key->block);
    if (strcmp(said_block, block) != 0 || strcmp(said_purpose, IMAGE_EFUSE_PURPOSE) != 0 ||
        strcmp(said_file, IMAGE_EFUSE_FILE) != 0 || strcmp(said_sha256, sha256) != 0) {
        return bad_manifest(problem, "efuse_key", "says something else than the key received");
    }
    return STATUS_OK;
}

static status_t check_roles(const struct image_file *const by_role[IMAGE_ROLE_COUNT],
                            struct problem *problem)
{
    if (by_role[IMAGE_ROLE_FACTORY_DATA] == NULL) {
        return bad_manifest(problem, "files", "no file has the role factory-data");
    }
    if (by_role[IMAGE_ROLE_FACTORY_DATA] == by_role[IMAGE_ROLE_NVS_KEYS]) {
        return bad_manifest(problem, "files", "one file stands twice");
    }
    return STATUS_OK;
}

status_t image_manifest_check(const struct image_check *check,
                              const struct image_file *ret_by_role[IMAGE_ROLE_COUNT],
                              struct problem *problem)
{
    AUTO(json_free) json_t *root = NULL;
    json_t *files = NULL;
    TRY(load(check->manifest, &root, &files, problem));
    if (check->file_count != json_array_size(files)) {
        return bad_manifest(problem, "files", "another number of files than the set");
    }
    const struct image_file *by_role[IMAGE_ROLE_COUNT] = {NULL};
    size_t index;
    json_t *value;
    json_array_foreach(files, index, value)
    {
        TRY(check_entry(check, value, by_role, problem));
    }
    TRY(check_roles(by_role, problem));
    TRY(check_efuse_key(check, root, problem));
    TRY(check_flash_args(check, problem));
    memcpy(ret_by_role, by_role, sizeof(by_role));
    return STATUS_OK;
}

#include "lib/image/manifest.h"

#include <inttypes.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/image/firmware.h"

static const char *const role_names[IMAGE_ROLE_COUNT] = {
    [IMAGE_ROLE_FACTORY_DATA] = "factory-data",
    [IMAGE_ROLE_NVS_KEYS] = "nvs-keys",
    [IMAGE_ROLE_SECURE_CERT] = "secure-cert",
};

bool image_manifest_role(const char *name, enum image_role *ret_role)
{
    for (size_t i = 0; i < IMAGE_ROLE_COUNT; i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *ret_role = (enum image_role)i;
            return true;
        }
    }
    return false;
}

/* Written as text: image_product_check lets no label or chip pass that JSON would have to escape,
 * and the bytes are the same for ever, whatever library prints JSON. */
static void write_file(const struct image_file *file, struct buf *json)
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
              role_names[file->role], file->label, file->file_name, file->offset, file->offset,
              file->content.size, sha256, md5, file->encrypt ? "true" : "false");
}

static const char *uses(const struct image_efuse_key *key)
{
    if (!key->for_dac) {
        return "\"nvs\"";
    }
    return key->for_nvs ? "\"nvs\", \"dac\"" : "\"dac\"";
}

/* Not among "files": whoever writes those to flash must not meet it there. */
static void write_efuse_key(const struct image_efuse_key *key, struct buf *json)
{
    uint8_t digest[SHA256_SIZE];
    char sha256[2 * SHA256_SIZE + 1];
    digest_sha256(buf_span(&key->content), digest);
    hex_encode(SPAN_OF(digest), sha256);
    buf_print(json,
              "    {\"for\": [%s], \"block\": \"BLOCK_KEY%u\", \"purpose\": \"%s\", \"file\": "
              "\"%s\", \"size\": %zu, \"sha256\": \"%s\"}",
              uses(key), key->block, key->purpose, key->file_name, key->content.size, sha256);
}

static void write_efuse_keys(const struct image_set *set, struct buf *json)
{
    if (set->efuse_key_count == 0) {
        return;
    }
    buf_append_text(json, "  \"efuse_keys\": [\n");
    for (size_t i = 0; i < set->efuse_key_count; i++) {
        write_efuse_key(&set->efuse_keys[i], json);
        buf_append_text(json, i + 1 < set->efuse_key_count ? ",\n" : "\n");
    }
    buf_append_text(json, "  ],\n");
}

/* SPEC.md §4.2: what cannot be repeated comes first, so that a device is never left with data it
 * could not read. */
static void write_burn_step(const char *chip, const struct image_efuse_key *key, struct buf *json)
{
    buf_print(json,
              "    {\"burn\": [\"%s\"], \"espefuse\": [\"--chip\", \"%s\", \"burn-key\", "
              "\"BLOCK_KEY%u\", \"%s\", \"%s\"]},\n",
              key->file_name, chip, key->block, key->file_name, key->purpose);
}

/* SPEC.md §4.2: keys first, and no reset in between, so that firmware never meets encrypted factory
 * data without its keys. */
static void write_steps(const char *chip, const struct image_set *set, struct buf *json)
{
    for (size_t i = 0; i < set->efuse_key_count; i++) {
        write_burn_step(chip, &set->efuse_keys[i], json);
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
    for (size_t i = 0; i < set->firmware_count; i++) {
        buf_print(json, "%s\"%s\"", separator, set->firmware[i].file_name);
        separator = ", ";
    }
    buf_print(json, "], \"esptool\": [\"--chip\", \"%s\", \"write-flash\", \"@flash_args\"%s]}\n",
              chip, set->firmware_count > 0 ? ", \"@" IMAGE_FIRMWARE_ARGS "\"" : "");
}

status_t image_manifest_write(const char *chip, const struct image_set *set, struct buf *ret_json)
{
    buf_print(ret_json,
              "{\n  \"schema\": %d,\n  \"image_revision\": %d,\n  \"chip\": \"%s\",\n"
              "  \"files\": [\n",
              IMAGE_MANIFEST_SCHEMA, IMAGE_REVISION, chip);
    for (size_t i = 0; i < set->file_count; i++) {
        write_file(&set->files[i], ret_json);
        buf_append_text(ret_json, i + 1 < set->file_count ? ",\n" : "\n");
    }
    buf_append_text(ret_json, "  ],\n");
    write_efuse_keys(set, ret_json);
    image_firmware_write(set->firmware, set->firmware_count, ret_json);
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

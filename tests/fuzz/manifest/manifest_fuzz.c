/* manifest.json from anywhere, judged against three fixed files and two fixed eFuse keys: accepted
 * only with all in place. */
#include "lib/base/digest.h"
#include "lib/image/manifest.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct image_file file(const char *label, uint32_t offset, uint8_t *content)
{
    struct image_file file = {.offset = offset, .content = {.data = content, .size = 4}};
    (void)snprintf(file.label, sizeof(file.label), "%s", label);
    (void)snprintf(file.file_name, sizeof(file.file_name), "%s.bin", label);
    digest_sha256(buf_span(&file.content), file.sha256);
    return file;
}

static struct image_efuse_key key(const char *name, const char *purpose, uint8_t block,
                                  uint8_t *content)
{
    struct image_efuse_key key = {.block = block, .content = {.data = content, .size = 4}};
    (void)snprintf(key.file_name, sizeof(key.file_name), "%s", name);
    (void)snprintf(key.purpose, sizeof(key.purpose), "%s", purpose);
    return key;
}

/* Names of this folder, places of their own. */
static void judge_firmware(const struct image_manifest_parts *parts)
{
    uint64_t end = 0;
    for (size_t i = 0; i < parts->firmware_count; i++) {
        const struct image_firmware *file = &parts->firmware[i];
        bool before = i > 0 && file->offset < parts->firmware[i - 1].offset;
        if (strchr(file->file_name, '/') != NULL || file->file_name[0] == '.' || file->size == 0 ||
            (!before && file->offset < end)) {
            abort();
        }
        end = (uint64_t)file->offset + file->size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t factory_data[] = "data";
    static uint8_t nvs_keys[] = "keys";
    static uint8_t secure_cert[] = "cert";
    static uint8_t hmac_key[] = "hmac";
    static uint8_t ecdsa_key[] = "ecds";
    struct image_file files[] = {file("fctry", 0x3e0000, factory_data),
                                 file("nvs_keys", 0x317000, nvs_keys),
                                 file("esp_secure_cert", 0xd000, secure_cert)};
    files[1].encrypt = true;
    const struct image_efuse_key keys[] = {key("dac_ecdsa.pem", "ECDSA_KEY", 2, ecdsa_key),
                                           key("nvs_hmac.key", "HMAC_UP", 4, hmac_key)};
    const struct image_check check = {.files = files,
                                      .file_count = 3,
                                      .efuse_keys = keys,
                                      .efuse_key_count = 2,
                                      .manifest = span_make(data, size)};
    struct image_manifest_parts parts;
    struct problem problem;
    if (image_manifest_check(&check, &parts, &problem) != STATUS_OK) {
        return 0;
    }
    if (parts.files[0] == NULL || parts.files[1] == NULL || parts.files[2] == NULL ||
        parts.files[0] == parts.files[1] || parts.files[1] == parts.files[2] ||
        parts.nvs_key != &keys[1] || parts.dac_key != &keys[0]) {
        abort();
    }
    judge_firmware(&parts);
    return 0;
}

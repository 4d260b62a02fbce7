/* manifest.json from anywhere, judged against two fixed files: accepted only with both in place. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t factory_data[] = "data";
    static uint8_t nvs_keys[] = "keys";
    struct image_file files[] = {file("fctry", 0x3e0000, factory_data),
                                 file("nvs_keys", 0x317000, nvs_keys)};
    files[1].encrypt = true;
    const struct image_check check = {
        .files = files, .file_count = 2, .manifest = span_make(data, size)};
    const struct image_file *by_role[IMAGE_ROLE_COUNT] = {NULL};
    struct problem problem;
    if (image_manifest_check(&check, by_role, &problem) == STATUS_OK &&
        (by_role[0] == NULL || by_role[1] == NULL || by_role[0] == by_role[1])) {
        abort();
    }
    return 0;
}

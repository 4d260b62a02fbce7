#include "tests/golden/nvs/csv_image.h"

#include "lib/base/digest.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/nvs/reader.h"

static status_t read_named_file(void *context, const char *path, struct buf *ret_content,
                                struct problem *problem)
{
    (void)context;
    (void)problem;
    return file_read(path, ret_content);
}

static void add(struct nvs_csv *csv, const char *name)
{
    struct problem problem = {0};
    struct buf text = test_read_file(name);
    if (nvs_csv_add(csv, name, buf_span(&text), &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    buf_done(&text);
}

struct buf csv_image_build(const char *names, size_t size, int version, const uint8_t *keys,
                           size_t *ret_items)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(nvs_csv_free) struct nvs_csv *csv = NULL;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    char list[256];
    struct buf image;
    buf_init(&image, size);
    (void)snprintf(list, sizeof(list), "%s", names);
    assert_ok(nvs_writer_new(size, (enum nvs_version)version, &writer, NULL));
    assert_ok(nvs_csv_new(writer, read_named_file, NULL, &csv));
    char *rest = list;
    for (char *name; (name = strsep(&rest, "+")) != NULL;) {
        add(csv, name);
    }
    assert_ok(nvs_writer_finish(writer, &image));
    assert_int_equal(image.size, size);
    if (size < 0x3000) {
        image.size = nvs_writer_used_size(writer);
    }
    assert_ok(nvs_reader_new(buf_span(&image), &reader, NULL));
    *ret_items = nvs_reader_count(reader);
    if (keys != NULL) {
        assert_ok(nvs_crypt_encrypt(image.data, image.size, span_make(keys, NVS_KEYS_SIZE)));
    }
    return image;
}

const char *csv_image_digest(const struct buf *image)
{
    static char hex[2 * SHA256_SIZE + 1];
    uint8_t digest[SHA256_SIZE];
    digest_sha256(buf_span(image), digest);
    hex_encode(SPAN_OF(digest), hex);
    return hex;
}

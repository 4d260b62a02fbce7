/* Text to the CSV reader and the writer behind it: what they accept, the reader must accept. */
#include <assert.h>

#include "lib/nvs/csv.h"
#include "lib/nvs/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_SIZE = 0x8000 };

/* The content of every file is its own name. */
static status_t read_file(void *context, const char *path, struct buf *ret_content,
                          struct problem *problem)
{
    (void)context;
    (void)problem;
    buf_append_text(ret_content, path);
    return buf_status(ret_content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(nvs_csv_free) struct nvs_csv *csv = NULL;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    AUTO(buf_done) struct buf image;
    struct problem problem = {0};
    enum nvs_version version = size % 2 == 0 ? NVS_VERSION_2 : NVS_VERSION_1;
    buf_init(&image, IMAGE_SIZE);
    status_t status = nvs_writer_new(IMAGE_SIZE, version, &writer, &problem);
    assert(status == STATUS_OK);
    status = nvs_csv_new(writer, read_file, NULL, &csv);
    assert(status == STATUS_OK);
    status = nvs_csv_add(csv, "x.csv", span_make(data, size), &problem);
    if (status != STATUS_OK) {
        assert(problem.status == status && problem.message[0] != '\0');
        assert(strncmp(problem.field, "x.csv:", 6) == 0);
        return 0;
    }
    status = nvs_writer_finish(writer, &image);
    assert(status == STATUS_OK);
    status = nvs_reader_new(buf_span(&image), &reader, &problem);
    assert(status == STATUS_OK);
    return 0;
}

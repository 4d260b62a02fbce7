/* A plain image to the reader. The first byte tells whether the CRCs are repaired first, without
 * which hardly any change would get past them. */
#include <assert.h>

#include "lib/base/digest.h"
#include "lib/nvs/format.h"
#include "lib/nvs/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGES_MAX = 8 };

static uint32_t entry_crc(const uint8_t *row)
{
    uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(row, NVS_ENTRY_CRC));
    return digest_crc(crc, span_make(row + NVS_ENTRY_KEY, NVS_ROW_SIZE - NVS_ENTRY_KEY));
}

static void repair_page(uint8_t *page)
{
    struct span header = span_make(page + NVS_HEADER_SEQUENCE, NVS_HEADER_CRC - 4);
    write_le32(page + NVS_HEADER_CRC, digest_crc(DIGEST_CRC_START, header));
    for (unsigned row = 0; row < NVS_PAGE_ROWS;) {
        uint8_t *entry = page + nvs_row_offset(row);
        unsigned span = nvs_row_state(page, row) == NVS_ROW_WRITTEN ? entry[NVS_ENTRY_SPAN] : 1;
        span = span == 0 ? 1 : span;
        size_t bytes = read_le16(entry + NVS_ENTRY_DATA);
        if (span > 1 && row + span <= NVS_PAGE_ROWS && bytes <= (span - 1) * NVS_ROW_SIZE) {
            struct span value = span_make(entry + NVS_ROW_SIZE, bytes);
            write_le32(entry + NVS_ENTRY_DATA_CRC, digest_crc(DIGEST_CRC_START, value));
        }
        if (nvs_row_state(page, row) == NVS_ROW_WRITTEN) {
            write_le32(entry + NVS_ENTRY_CRC, entry_crc(entry));
        }
        row += span;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[PAGES_MAX * NVS_PAGE_SIZE];
    size_t pages = size / NVS_PAGE_SIZE < PAGES_MAX ? size / NVS_PAGE_SIZE : PAGES_MAX;
    if (size != pages * NVS_PAGE_SIZE + 1) {
        return 0;
    }
    if (pages > 0) {
        memcpy(image, data + 1, pages * NVS_PAGE_SIZE);
    }
    for (size_t page = 0; page < pages && data[0] != 0; page++) {
        if (read_le32(image + page * NVS_PAGE_SIZE) != NVS_STATE_BLANK) {
            repair_page(image + page * NVS_PAGE_SIZE);
        }
    }
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    struct problem problem = {0};
    status_t status = nvs_reader_new(span_make(image, pages * NVS_PAGE_SIZE), &reader, &problem);
    if (status != STATUS_OK) {
        assert(reader == NULL && problem.status == status && problem.message[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < nvs_reader_count(reader); i++) {
        const struct nvs_item *item = nvs_reader_item(reader, i);
        assert(nvs_reader_find(reader, item->namespace_name, item->key) == item);
        (void)digest_crc(DIGEST_CRC_START, item->bytes); /* every byte is readable */
    }
    return 0;
}

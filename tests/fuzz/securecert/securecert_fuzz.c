/* A partition to the reader and to every check. The first byte tells whether the CRCs are repaired
 * first, without which hardly any change would get past them. */
#include <assert.h>

#include "lib/base/digest.h"
#include "lib/securecert/check.h"
#include "lib/securecert/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_MAX = 0x3000 };

static void repair(uint8_t *image, size_t size)
{
    size_t offset = 0;
    while (size - offset >= SECURECERT_HEADER_SIZE &&
           read_le32(image + offset) == SECURECERT_MAGIC) {
        size_t entry = securecert_entry_size(read_le16(image + offset + 10));
        if (entry > size - offset) {
            return;
        }
        size_t covered = entry - SECURECERT_CRC_SIZE;
        uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(image + offset, covered));
        write_le32(image + offset + covered, crc);
        offset += entry;
    }
}

static void touch(const struct securecert_reader *reader)
{
    char name[SECURECERT_NAME_MAX];
    for (size_t i = 0; i < securecert_reader_count(reader); i++) {
        const struct securecert_entry *entry = securecert_reader_entry(reader, i);
        assert(securecert_reader_find(reader, entry->type, entry->subtype) == entry);
        assert(securecert_names_flags(entry->flags) != NULL);
        securecert_names_entry(entry->type, entry->subtype, name);
        (void)digest_crc(DIGEST_CRC_START, entry->value); /* every byte is readable */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[IMAGE_MAX];
    static uint8_t hmac_key[SECURECERT_HMAC_KEY_SIZE];
    if (size == 0 || size - 1 > IMAGE_MAX) {
        return 0;
    }
    memcpy(image, data + 1, size - 1);
    if ((data[0] & 1) != 0) {
        repair(image, size - 1);
    }
    struct problem problem = {0};
    AUTO(securecert_check_done)
    struct securecert_check check = {
        .image = span_make(image, size - 1),
        .hmac_key = span_make(hmac_key, (data[0] & 2) != 0 ? sizeof(hmac_key) : 0),
    };
    status_t status = securecert_check_run(&check, &problem);
    assert(status == STATUS_OK || (problem.status == status && problem.message[0] != '\0'));
    if (check.reader != NULL) {
        touch(check.reader);
    }
    return 0;
}

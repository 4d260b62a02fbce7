/* The layout of an NVS partition: numbers only, shared by writer, reader and encryption, which
 * otherwise know nothing of each other (SPEC.md §1). */
#ifndef MINTMARK_LIB_NVS_FORMAT_H
#define MINTMARK_LIB_NVS_FORMAT_H

#include "lib/nvs/writer.h"

enum {
    NVS_ROW_SIZE = 32,
    NVS_PAGE_ROWS = 126,
    NVS_BITMAP_OFFSET = 32,
    NVS_BITMAP_SIZE = 32,
    NVS_ROWS_OFFSET = 64,

    /* page header */
    NVS_HEADER_SEQUENCE = 4,
    NVS_HEADER_VERSION = 8,
    NVS_HEADER_CRC = 28, /* of the bytes from NVS_HEADER_SEQUENCE up to here */

    /* entry */
    NVS_ENTRY_NAMESPACE = 0,
    NVS_ENTRY_TYPE = 1,
    NVS_ENTRY_SPAN = 2,
    NVS_ENTRY_CHUNK = 3,
    NVS_ENTRY_CRC = 4, /* of the four bytes before and all bytes behind it */
    NVS_ENTRY_KEY = 8,
    NVS_ENTRY_DATA = 24,
    NVS_ENTRY_DATA_CRC = 28,    /* string, blob data */
    NVS_ENTRY_CHUNK_COUNT = 28, /* blob index */
    NVS_ENTRY_CHUNK_START = 29, /* blob index */
    NVS_KEY_FIELD = 16,         /* zero padded, at least one zero */

    /* values of a row's two bits in the bitmap */
    NVS_ROW_ERASED = 0,
    NVS_ROW_ILLEGAL = 1,
    NVS_ROW_WRITTEN = 2,
    NVS_ROW_EMPTY = 3,

    NVS_VERSION_BYTE_1 = 0xFF,
    NVS_VERSION_BYTE_2 = 0xFE,
    NVS_CHUNK_NONE = 0xFF,    /* chunk index of everything but blob data */
    NVS_CHUNK_START_2 = 0x80, /* second generation of a blob's chunks, SPEC.md §1.5 */

    NVS_SIZE_MIN = 0x1000,
    NVS_SIZE_READ_WRITE_MIN = 0x3000, /* below: the partition must be read-only */
    NVS_SIZE_MAX = 16 * 1024 * 1024,  /* the largest flash an ESP32 maps */
    NVS_NAMESPACES_MAX = 254,
    NVS_CHUNKS_MAX = 127,      /* a generation has chunk indexes 0..126 */
    NVS_BLOB_MAX = 127 * 4000, /* what the firmware accepts in an index */
    NVS_BLOB_V1_MAX = 1984,
    NVS_STRING_V1_MAX = 1983,       /* characters, without the NUL */
    NVS_STRING_FIRMWARE_MAX = 4000, /* with the NUL: what the firmware itself can have written */
};

#define NVS_STATE_BLANK 0xFFFFFFFFu
#define NVS_STATE_ACTIVE 0xFFFFFFFEu
#define NVS_STATE_FULL 0xFFFFFFFCu
#define NVS_STATE_FREEING 0xFFFFFFF8u

/* State of row `row` of a page, and the offset of the row in its page. */
static inline unsigned nvs_row_state(const uint8_t *page, unsigned row)
{
    return (unsigned)page[NVS_BITMAP_OFFSET + row / 4] >> (2 * (row % 4)) & 3;
}

static inline size_t nvs_row_offset(unsigned row)
{
    return NVS_ROWS_OFFSET + (size_t)row * NVS_ROW_SIZE;
}

#endif

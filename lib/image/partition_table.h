/* The partition table of an ESP32 firmware, binary or CSV, and its rules (SPEC.md §6). */
#ifndef MINTMARK_LIB_IMAGE_PARTITION_TABLE_H
#define MINTMARK_LIB_IMAGE_PARTITION_TABLE_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    IMAGE_PARTITION_TABLE_ENTRIES_MAX = 95, /* what the table's 0xC00 bytes hold besides the end */
    IMAGE_PARTITION_TABLE_LABEL_MAX = 16,
    IMAGE_PARTITION_TABLE_FILE_MAX = 64 * 1024, /* a CSV; the binary has 0xC00 bytes */
    IMAGE_PARTITION_TABLE_OFFSET = 0x8000,      /* where a table lies unless sdkconfig says other */
    IMAGE_PARTITION_TABLE_SECTOR = 0x1000,      /* what it occupies there */
};

enum {
    IMAGE_PARTITION_APP = 0,
    IMAGE_PARTITION_DATA = 1,
    IMAGE_PARTITION_BOOTLOADER = 2,
    IMAGE_PARTITION_TABLE = 3,
    IMAGE_PARTITION_DATA_NVS = 2,
    IMAGE_PARTITION_DATA_NVS_KEYS = 4,
};

struct image_partition_entry {
    char label[IMAGE_PARTITION_TABLE_LABEL_MAX + 1];
    uint8_t type;
    uint8_t subtype;
    uint32_t offset;
    uint32_t size;
    bool encrypted;
    bool readonly;
    unsigned line; /* in the CSV, from 1; 0 in a binary table */
};

struct image_partition_table {
    struct image_partition_entry entries[IMAGE_PARTITION_TABLE_ENTRIES_MAX];
    size_t count;
    bool has_md5; /* binary with its checksum, which was right */
};

/* Reads either form, told apart by the first two bytes, and checks the whole table: alignment,
 * sizes, overlap, labels. `table_offset` is where the table itself lies in flash (a multiple of
 * 0x1000): partitions follow it, and a CSV's first blank offset counts from there. `name` is what
 * problems call the file; their field is "name:line", or "name" and the entry's number.
 * STATUS_MALFORMED, STATUS_TOO_LARGE or STATUS_INVALID. */
MUST_USE status_t image_partition_table_read(const char *name, struct span content,
                                             uint32_t table_offset,
                                             struct image_partition_table *ret_table,
                                             struct problem *problem);

/* The partition of that name, or NULL. Borrowed. */
const struct image_partition_entry *
image_partition_table_find(const struct image_partition_table *table, const char *label);

/* The first one of that type and subtype, which is the one firmware takes, or NULL. Borrowed. */
const struct image_partition_entry *
image_partition_table_first(const struct image_partition_table *table, uint8_t type,
                            uint8_t subtype);

#endif

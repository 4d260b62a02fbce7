/* Any bytes as a partition table; what is accepted keeps the rules that callers rely on. */
#include <stdlib.h>

#include "lib/image/partition_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image_partition_entry *entry)
{
    uint64_t end = (uint64_t)entry->offset + entry->size;
    if (strnlen(entry->label, sizeof(entry->label)) > IMAGE_PARTITION_TABLE_LABEL_MAX ||
        entry->offset % 0x1000 != 0 || entry->size == 0 || end > UINT32_MAX) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_partition_table table;
    struct problem problem;
    if (image_partition_table_read("fuzz", span_make(data, size), IMAGE_PARTITION_TABLE_OFFSET,
                                   &table, &problem) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < table.count; i++) {
        check(&table.entries[i]);
        if (image_partition_table_find(&table, table.entries[i].label) != &table.entries[i]) {
            abort();
        }
    }
    return 0;
}

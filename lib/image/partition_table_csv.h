/* The CSV form of a partition table (SPEC.md §6.2); read through partition_table.h, which checks
 * what this returns. */
#ifndef MINTMARK_LIB_IMAGE_PARTITION_TABLE_CSV_H
#define MINTMARK_LIB_IMAGE_PARTITION_TABLE_CSV_H

#include "lib/image/partition_table.h"

/* Appends the rows to an empty table, blank offsets and sizes up to an address worked out. */
MUST_USE status_t image_partition_table_csv_read(const char *name, struct span content,
                                                 uint32_t table_offset,
                                                 struct image_partition_table *table,
                                                 struct problem *problem);

/* What an offset of a partition of this type is a multiple of. */
uint32_t image_partition_table_alignment(uint8_t type);

/* Fills the problem in: field "name:line" (or "name" for line 0). */
status_t image_partition_table_refuse(const char *name, unsigned line, struct problem *problem,
                                      const char *format, ...) PRINTF_LIKE(4, 5);

#endif

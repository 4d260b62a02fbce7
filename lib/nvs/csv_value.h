/* One value of a CSV row, decoded and written: the table of encodings (SPEC.md §5.2). */
#ifndef MINTMARK_LIB_NVS_CSV_VALUE_H
#define MINTMARK_LIB_NVS_CSV_VALUE_H

#include "lib/nvs/csv.h"

struct nvs_csv_value {
    const char *key;
    const char *encoding;
    struct span bytes; /* the field, or the file's content */
    bool from_file;
};

/* Problems name the key in their text; their field is the caller's to set. */
MUST_USE status_t nvs_csv_value_write(struct nvs_writer *writer, const struct nvs_csv_value *value,
                                      struct problem *problem);

#endif

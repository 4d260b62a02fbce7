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

/* What the partition stores for it. */
struct nvs_csv_decoded {
    enum nvs_type type; /* NVS_U8 … NVS_I64, NVS_STRING, NVS_BLOB_DATA */
    uint64_t integer;   /* two's complement for signed types */
    struct buf bytes;   /* string or blob; secret */
};
void nvs_csv_decoded_done(struct nvs_csv_decoded *decoded); /* accepts a zeroed struct */
OWN_VALUE(struct nvs_csv_decoded, nvs_csv_decoded_done)

/* Problems name the key in their text; their field is the caller's to set. */
MUST_USE status_t nvs_csv_value_decode(const struct nvs_csv_value *value,
                                       struct nvs_csv_decoded *ret_decoded,
                                       struct problem *problem);
MUST_USE status_t nvs_csv_value_write(struct nvs_writer *writer, const struct nvs_csv_value *value,
                                      struct problem *problem);

#endif

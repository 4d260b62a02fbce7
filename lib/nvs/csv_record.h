/* Splits CSV text into records, as Python's csv module does in its default dialect, without its
 * leniencies (SPEC.md §5.1). */
#ifndef MINTMARK_LIB_NVS_CSV_RECORD_H
#define MINTMARK_LIB_NVS_CSV_RECORD_H

#include "lib/nvs/csv.h"

struct nvs_csv_dialect {
    size_t text_max;
    bool comments; /* a line that begins with '#' is passed over */
};

struct nvs_csv_reader {
    struct span text;
    bool comments;
    size_t at;
    size_t line;       /* of `at`, from 1 */
    size_t start_line; /* of the current record */
    struct buf bytes;  /* the current record's fields, each with a NUL behind it */
    size_t starts[NVS_CSV_COLUMNS_MAX + 1];
    size_t count;
};

/* Borrows the text and checks it: size, UTF-8, no NUL, no byte order mark. On failure the problem's
 * field is empty (as in nvs_csv_reader_next); the caller knows the file. */
MUST_USE status_t nvs_csv_reader_init(struct nvs_csv_reader *reader, struct span text,
                                      const struct nvs_csv_dialect *dialect,
                                      struct problem *problem);
void nvs_csv_reader_done(struct nvs_csv_reader *reader);

/* Reads the next record; blank lines and comment lines are passed over. *ret_found is false at the
 * end. */
MUST_USE status_t nvs_csv_reader_next(struct nvs_csv_reader *reader, bool *ret_found,
                                      struct problem *problem);

/* Makes "file:line" of the current record the problem's field; of a long path the end, which tells
 * more. */
void nvs_csv_reader_place(const struct nvs_csv_reader *reader, const char *name,
                          struct problem *problem);

/* Field `index` of the current record, with a NUL behind its last byte. */
struct span nvs_csv_reader_field(const struct nvs_csv_reader *reader, size_t index);

#endif

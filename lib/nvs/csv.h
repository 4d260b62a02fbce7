/* Reads the CSV files of nvs_partition_gen into a writer (SPEC.md §5).
 *
 *     nvs_csv_new(writer, read_file, context, &csv);
 *     nvs_csv_add(csv, "factory.csv", text, problem);      one or several files, in order
 *     nvs_writer_finish(writer, &image);
 *
 * What the generator accepts but stores wrongly, or what no two readers of CSV agree on, is refused
 * with field = "file:line". */
#ifndef MINTMARK_LIB_NVS_CSV_H
#define MINTMARK_LIB_NVS_CSV_H

#include "lib/nvs/writer.h"

enum {
    NVS_CSV_TEXT_MAX = 8 * 1024 * 1024, /* one file; the largest blob is 1 MB of hex digits */
    NVS_CSV_COLUMNS_MAX = 128,          /* tables of units have a column for each key */
};

/* Appends the content of the file that a row of type `file` names. On failure the problem tells
 * why; its field is replaced by the row's place. */
typedef status_t nvs_csv_read_t(void *context, const char *path, struct buf *ret_content,
                                struct problem *problem);

struct nvs_csv;

/* Borrows the writer and the context. Values pass through secret memory. */
MUST_USE status_t nvs_csv_new(struct nvs_writer *writer, nvs_csv_read_t *read_file, void *context,
                              struct nvs_csv **ret_csv);
void nvs_csv_free(struct nvs_csv *csv);
OWN_POINTER(struct nvs_csv, nvs_csv_free)

/* Writes the rows of one file. `name` is for messages. After a failure only the _free of csv and
 * writer are allowed. */
MUST_USE status_t nvs_csv_add(struct nvs_csv *csv, const char *name, struct span text,
                              struct problem *problem);

/* The first row that went back to an earlier namespace, as a refusal with its place; NULL when none
 * did. It is stored as written, where nvs_partition_gen would mix the namespaces up (SPEC.md §2.2):
 * something to warn of, or with `strict` manners to refuse. Borrows from csv. */
const struct problem *nvs_csv_returned(const struct nvs_csv *csv);

#endif

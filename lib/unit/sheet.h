/* Values of many units in the two CSV files of today's factory tools (SPEC.md §2): a config CSV
 * names the keys, a master CSV has a row of values for each unit.
 *
 *     unit_sheet_new(&source, &sheet, problem);
 *     while (unit_sheet_next(sheet, &supplied, &found, problem) == STATUS_OK && found) { … } */
#ifndef MINTMARK_LIB_UNIT_SHEET_H
#define MINTMARK_LIB_UNIT_SHEET_H

#include "lib/nvs/csv.h"
#include "lib/unit/supplied.h"

enum {
    UNIT_SHEET_CONFIG_MAX = 64 * 1024,
    UNIT_SHEET_VALUES_MAX = 64 * 1024 * 1024, /* some ten thousand units with certificates */
    UNIT_SHEET_KEYS_MAX = 120,                /* of the config CSV */
};

struct unit_sheet_source {
    const char *config_name; /* for messages */
    struct span config;
    const char *values_name;
    struct span values;
    nvs_csv_read_t *read_file;     /* content of a file that a row names */
    nvs_csv_read_t *read_key_file; /* of a DAC's private key; NULL: as others */
    void *context;                 /* their first argument */
};

struct unit_sheet;

/* Reads the config CSV and the header of the master CSV. Borrows the source's bytes and names. A
 * problem's field is "file:line". */
MUST_USE status_t unit_sheet_new(const struct unit_sheet_source *source,
                                 struct unit_sheet **ret_sheet, struct problem *problem);
void unit_sheet_free(struct unit_sheet *sheet); /* accepts NULL */
OWN_POINTER(struct unit_sheet, unit_sheet_free)

/* The next unit; *ret_found is false behind the last one. ret_supplied borrows from the sheet until
 * the next call. Values are decoded; whether they suit a product is not judged here. */
MUST_USE status_t unit_sheet_next(struct unit_sheet *sheet, struct unit_supplied *ret_supplied,
                                  bool *ret_found, struct problem *problem);

/* Whether a row read so far can be read in two ways, which is allowed: what, where, and which was
 * taken. */
bool unit_sheet_warning(const struct unit_sheet *sheet, struct problem *ret_warning);

/* The line that the current row begins in. */
size_t unit_sheet_line(const struct unit_sheet *sheet);

/* Makes the current row the field of a problem that others found in its values. */
void unit_sheet_place(const struct unit_sheet *sheet, struct problem *problem);

#endif

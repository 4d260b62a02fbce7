/* The config CSV of a sheet: which keys there are, and what they mean (SPEC.md §2.1). */
#ifndef MINTMARK_LIB_UNIT_SHEET_CONFIG_H
#define MINTMARK_LIB_UNIT_SHEET_CONFIG_H

#include "lib/nvs/csv_record.h"
#include "lib/unit/sheet.h"

enum unit_sheet_kind {
    UNIT_SHEET_VENDOR,   /* vendor data */
    UNIT_SHEET_EXPECTED, /* a key of the SDK that all units of a product share */
    UNIT_SHEET_NUMBER,   /* the rest: a field of struct unit_supplied */
    UNIT_SHEET_TEXT,
    UNIT_SHEET_BYTES,
    UNIT_SHEET_BASE64, /* bytes, in NVS as base64 text */
};

struct unit_sheet_key {
    char namespace_name[NVS_KEY_MAX + 1];
    char key[NVS_KEY_MAX + 1];
    char encoding[sizeof("hex2bin")];
    bool file;   /* the column names a file */
    bool secret; /* which holds a private key */
    bool repeat; /* the first row's value is everybody's */
    enum unit_sheet_kind kind;
    size_t field;     /* offset in struct unit_supplied */
    size_t column;    /* of the master CSV */
    struct buf first; /* with repeat: the first row's text; secret */
    struct buf bytes; /* of this row: what was decoded, or the file; secret */
};

struct unit_sheet_config {
    struct unit_sheet_key keys[UNIT_SHEET_KEYS_MAX];
    size_t count;
};

void unit_sheet_config_done(struct unit_sheet_config *config);

/* Fills a zeroed config. */
MUST_USE status_t unit_sheet_config_read(const char *name, struct span text,
                                         struct unit_sheet_config *config, struct problem *problem);

/* Whether a record is a line of blanks, which the factory tools drop. */
bool unit_sheet_config_is_blank(const struct nvs_csv_reader *reader);

#endif

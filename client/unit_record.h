/* record.json in a unit's folder: what the server calls the unit, for reports about it. */
#ifndef MINTMARK_CLIENT_UNIT_RECORD_H
#define MINTMARK_CLIENT_UNIT_RECORD_H

#include "lib/base/status.h"

#define UNIT_RECORD_FILE "record.json"

enum { UNIT_RECORD_TEXT_MAX = 256 };

struct unit_record {
    char order[UNIT_RECORD_TEXT_MAX];
    char unit_id[UNIT_RECORD_TEXT_MAX];     /* "": named by its hardware id */
    char hardware_id[UNIT_RECORD_TEXT_MAX]; /* "": not known */
    char record_id[UNIT_RECORD_TEXT_MAX];
    /* for a recovery of the server (deploy/RECOVERY.md): not read again here */
    char station[UNIT_RECORD_TEXT_MAX]; /* its SPIFFE id */
    char serial_number[UNIT_RECORD_TEXT_MAX];
};

/* Copies; NULL is "". STATUS_USAGE when a word is too long to be one. */
MUST_USE status_t unit_record_set(char ret_text[static UNIT_RECORD_TEXT_MAX], const char *word,
                                  const char *field, struct problem *problem);

MUST_USE status_t unit_record_write(const char *folder, const struct unit_record *record,
                                    struct problem *problem);

/* STATUS_DATA_LOSS: it is not there or cannot be understood. */
MUST_USE status_t unit_record_read(const char *folder, struct unit_record *ret_record,
                                   struct problem *problem);

#endif

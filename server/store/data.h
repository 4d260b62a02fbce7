/* Rows of order data: what an order brings for its units instead of having it drawn. They are
 * staged page by page, count when a change imports them, and are taken by one unit each, with its
 * reservation (store_unit_reserve). */
#ifndef MINTMARK_SERVER_STORE_DATA_H
#define MINTMARK_SERVER_STORE_DATA_H

#include "server/store/store.h"

enum {
    STORE_DATA_UPLOAD_SIZE = 16,
    STORE_DATA_ROWS_MAX = 100000, /* of one upload */
    STORE_DATA_ERASE_MAX = 1000,  /* rows at a time: a sweep never holds the store for long */
    /* sealed: what operators may put into the store before anybody signs for it */
    STORE_DATA_UPLOAD_BYTES_MAX = 256 * 1024 * 1024,
    STORE_DATA_STAGED_BYTES_MAX = 512 * 1024 * 1024, /* of all uploads */
};

struct store_data_row {
    int64_t row; /* in this store; set by find */
    char order[STORE_NAME_MAX + 1];
    uint8_t upload[STORE_DATA_UPLOAD_SIZE];
    uint32_t number;                     /* in its upload, from 0 */
    char unit_id[STORE_UNIT_ID_MAX + 1]; /* "", as the next: not for a certain one */
    char hardware_id[18];
    char serial_number[STORE_SERIAL_NUMBER_MAX + 1]; /* "": none; not set by find, as the next */
    uint16_t vendor_id;
    bool has_key; /* it brings a DAC */
    uint8_t public_key[65];
    uint8_t sha256[STORE_DIGEST_SIZE];
    char seal_day[11];
    uint32_t product_revision; /* that it was checked against; not set by find */
    struct buf sealed;
};
void store_data_row_done(struct store_data_row *row); /* accepts a zeroed struct */
OWN_VALUE(struct store_data_row, store_data_row_done)

/* Stages rows of one upload with consecutive numbers, all or none. Rows of the upload from the
 * first one's number on are replaced, so that a page can be sent again; those of the order's other
 * uploads that were never imported go. STATUS_REFUSED UPLOAD_UNKNOWN: rows before them are not
 * there; ORDER_CHANGED: the order was amended or closed; STATUS_TOO_LARGE UPLOAD_BYTES,
 * STATUS_EXHAUSTED STAGED_BYTES: the limits above. */
MUST_USE status_t store_data_stage(struct store *store, const struct store_data_row *rows,
                                   size_t count, int64_t now_ms, struct problem *problem);

/* Appends the SHA-256 of each staged row, in order. *ret_count: rows, without a gap. */
MUST_USE status_t store_data_staged(struct store *store, const char *order,
                                    const uint8_t upload[static STORE_DATA_UPLOAD_SIZE],
                                    struct buf *ret_sha256s, uint32_t *ret_count);

/* A staged row whose serial number or DAC a unit, an imported row or another row of the upload has,
 * or whose unit or chip a free row of the order or of the upload is for; ret_field says which.
 * STATUS_NOT_FOUND: none. */
MUST_USE status_t store_data_clash(struct store *store, const char *order,
                                   const uint8_t upload[static STORE_DATA_UPLOAD_SIZE],
                                   uint32_t *ret_number, char ret_field[static 16]);

/* Inside a change's transaction (change.h): the staged rows count from now on; none clashes.
 * STATUS_ABORTED: they are not `count`, or the order is closed. */
MUST_USE status_t store_data_import(struct store *store, const char *order,
                                    const uint8_t upload[static STORE_DATA_UPLOAD_SIZE],
                                    const uint8_t change_id[static STORE_DIGEST_SIZE],
                                    uint32_t count);

/* Whom a row is looked for. */
struct store_data_wanted {
    const char *order;
    const char *unit_id;
    const char *hardware_id; /* "": not known */
    uint32_t skip;           /* so many of the rows that are for nobody: others may be after them */
};
/* The free row for this unit or chip, else the next one for nobody. STATUS_NOT_FOUND;
 * STATUS_EXISTS: one row is for the unit and another for the chip. */
MUST_USE status_t store_data_find(struct store *store, const struct store_data_wanted *wanted,
                                  struct store_data_row *ret_row);

/* Removes STORE_DATA_ERASE_MAX rows at most of an upload of which something was staged at or before
 * `before_ms` and nothing imported; STATUS_NOT_FOUND: there is none. */
MUST_USE status_t store_data_forget(struct store *store, int64_t before_ms,
                                    struct problem *problem);

/* Free rows of an order that is closed, sealed on one day. STATUS_NOT_FOUND. */
struct store_data_due {
    char order[STORE_NAME_MAX + 1];
    char seal_day[11];
};
MUST_USE status_t store_data_due(struct store *store, struct store_data_due *ret_due);
/* Inside a transaction (change.h), whose leaf says how many: removes STORE_DATA_ERASE_MAX of them
 * at most. STATUS_ABORTED: none is left. */
MUST_USE status_t store_data_erase(struct store *store, const struct store_data_due *due,
                                   uint32_t *ret_count);

#endif

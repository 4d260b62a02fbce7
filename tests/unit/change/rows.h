/* Rows of order data on their way through a desk: order WO-7 is of product a19, whose serial number
 * and passcode are supplied. */
#ifndef MINTMARK_TESTS_UNIT_CHANGE_ROWS_H
#define MINTMARK_TESTS_UNIT_CHANGE_ROWS_H

#include "proto/product/row.h"
#include "server/issue/data.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

enum { ROWS_MAX = 101, ROWS_PASSCODE = 34567000 };

extern struct desk rows_desk;
extern uint8_t rows_upload[STORE_DATA_UPLOAD_SIZE];

int rows_set_up(void **state);
int rows_tear_down(void **state);

extern const char *rows_order_id;    /* "WO-7" unless a test says another */
struct store_order rows_order(void); /* as it stands */

/* On the database itself: a statement, or the number that it answers. */
void rows_execute(const char *sql);
int64_t rows_number(const char *sql);

/* What a client sends. */
struct sent {
    struct buf bytes[ROWS_MAX];
    ProtobufCBinaryData rows[ROWS_MAX];
    size_t count;
};
void sent_done(struct sent *sent);
OWN_VALUE(struct sent, sent_done)

void rows_add_bytes(struct sent *sent, struct span bytes);
void rows_add_supplied(struct sent *sent, const struct unit_supplied *supplied);
/* A good row, with serial number S<number> and a passcode of its own; unit id and chip may be NULL.
 */
void rows_add(struct sent *sent, unsigned number, const char *unit_id, const char *chip);

Mintmark__V1__OrderDataPage rows_page(struct sent *sent);
void rows_send_by(const struct person *caller, const Mintmark__V1__OrderDataPage *page);
/* "" when the page was taken, else the reason. */
const char *rows_send(const Mintmark__V1__OrderDataPage *page);
void rows_expect(struct sent *sent, const char *reason);

/* The content of the change; valid until the next. */
Mintmark__V1__OrderDataImport rows_import(const struct sent *sent);
/* Sent and imported; each time as another upload. */
void rows_have(struct sent *sent);

#endif

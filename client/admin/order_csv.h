/* Orders as rows of a CSV file, as an MES drops them.
 *
 * UTF-8; a header of column names in any order: order, product and quantity must be there, overage,
 * lines, not_before, not_after may; then a row an order. Lines are separated by ';'. Values mean
 * what they mean in order.yaml; an empty one is as if it were not there. */
#ifndef MINTMARK_CLIENT_ADMIN_ORDER_CSV_H
#define MINTMARK_CLIENT_ADMIN_ORDER_CSV_H

#include "lib/nvs/csv_record.h"
#include "mintmark/v1/order.pb-c.h"

enum {
    ORDER_CSV_ROWS_MAX = 1000, /* of one file: more than a plant opens at once */
    ORDER_CSV_COLUMNS = 7,
    ORDER_CSV_LINES_MAX = 64, /* of one order */
    ORDER_CSV_VALUE_MAX = 1024,
};

struct order_csv {
    const char *name; /* of the file, for messages */
    struct nvs_csv_reader reader;
    size_t columns[ORDER_CSV_COLUMNS]; /* where the file has each; SIZE_MAX: nowhere */
    size_t count;                      /* columns of the header */
    size_t rows;
    char lines[ORDER_CSV_VALUE_MAX]; /* of the current row, cut at ';' */
    char *line_items[ORDER_CSV_LINES_MAX];
};

/* Borrows name and text; reads the header. The problem's field is "name:line". End it with
 * order_csv_done whatever the result. */
MUST_USE status_t order_csv_open(struct order_csv *csv, const char *name, struct span text,
                                 struct problem *problem);
void order_csv_done(struct order_csv *csv);
OWN_VALUE(struct order_csv, order_csv_done)

/* The next row. The order borrows from csv until the next call. *ret_found is false at the end. */
MUST_USE status_t order_csv_next(struct order_csv *csv, Mintmark__V1__OrderSpec *ret_order,
                                 bool *ret_found, struct problem *problem);

/* After a failure with the current row's order: puts "name:line" in front of the problem's field.
 * Returns `status`. */
status_t order_csv_place(const struct order_csv *csv, status_t status, struct problem *problem);

#endif

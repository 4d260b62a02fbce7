/* Any bytes as a file of orders: at most so many rows, each with its values. */
#include <stdlib.h>

#include "client/admin/order_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(order_csv_done) struct order_csv csv;
    struct problem problem;
    bool found = true;
    size_t rows = 0;
    if (order_csv_open(&csv, "fuzz", span_make(data, size), &problem) != STATUS_OK) {
        return 0;
    }
    while (found) {
        Mintmark__V1__OrderSpec order;
        if (order_csv_next(&csv, &order, &found, &problem) != STATUS_OK) {
            break;
        }
        if (found && (strlen(order.order) > size || order.n_lines > ORDER_CSV_LINES_MAX ||
                      ++rows > ORDER_CSV_ROWS_MAX)) {
            abort();
        }
        for (size_t i = 0; found && i < order.n_lines; i++) {
            if (order.lines[i][0] == '\0') {
                abort();
            }
        }
    }
    return 0;
}

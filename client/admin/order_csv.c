#include "client/admin/order_csv.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/call.h"
#include "client/number.h"

enum column { ORDER, PRODUCT, QUANTITY, OVERAGE, LINES, NOT_BEFORE, NOT_AFTER };

static const char *const NAMES[ORDER_CSV_COLUMNS] = {"order", "product",    "quantity", "overage",
                                                     "lines", "not_before", "not_after"};

status_t order_csv_place(const struct order_csv *csv, status_t status, struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    if (status != STATUS_OK && problem != NULL && problem->message[0] != '\0') {
        (void)snprintf(field, sizeof(field), "%s", problem->field);
        (void)snprintf(problem->field, sizeof(problem->field), "%.40s:%zu%s%.32s", csv->name,
                       csv->reader.start_line, field[0] == '\0' ? "" : " ", field);
    }
    return status;
}

static status_t say(const struct order_csv *csv, struct problem *problem, const char *reason,
                    const char *format, ...) PRINTF_LIKE(4, 5);

static status_t say(const struct order_csv *csv, struct problem *problem, const char *reason,
                    const char *format, ...)
{
    char message[PROBLEM_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return order_csv_place(csv, problem_say(problem, STATUS_INVALID, reason, "", "%s", message),
                           problem);
}

static size_t column_named(struct span name)
{
    size_t column = 0;
    while (column < ORDER_CSV_COLUMNS && !span_equal(name, span_text(NAMES[column]))) {
        column++;
    }
    return column;
}

static status_t read_header(struct order_csv *csv, struct problem *problem)
{
    for (size_t i = 0; i < ORDER_CSV_COLUMNS; i++) {
        csv->columns[i] = SIZE_MAX;
    }
    csv->count = csv->reader.count;
    for (size_t i = 0; i < csv->count; i++) {
        struct span name = nvs_csv_reader_field(&csv->reader, i);
        size_t column = column_named(name);
        if (column == ORDER_CSV_COLUMNS || csv->columns[column] != SIZE_MAX) {
            return say(csv, problem, "ORDER_CSV_HEADER",
                       "column %zu of the header is unknown or given twice: order, product, "
                       "quantity, overage, lines, not_before, not_after",
                       i + 1);
        }
        csv->columns[column] = i;
    }
    for (size_t i = ORDER; i <= QUANTITY; i++) {
        if (csv->columns[i] == SIZE_MAX) {
            return say(csv, problem, "ORDER_CSV_HEADER", "the header has no column %s", NAMES[i]);
        }
    }
    return STATUS_OK;
}

status_t order_csv_open(struct order_csv *csv, const char *name, struct span text,
                        struct problem *problem)
{
    static const struct nvs_csv_dialect dialect = {NVS_CSV_TEXT_MAX, true};
    bool found = false;
    *csv = (struct order_csv){.name = name};
    TRY(order_csv_place(csv, nvs_csv_reader_init(&csv->reader, text, &dialect, problem), problem));
    TRY(order_csv_place(csv, nvs_csv_reader_next(&csv->reader, &found, problem), problem));
    if (!found) {
        return say(csv, problem, "ORDER_CSV_HEADER", "the file is empty: a header is wanted");
    }
    return read_header(csv, problem);
}

void order_csv_done(struct order_csv *csv)
{
    nvs_csv_reader_done(&csv->reader);
}

/* "" where the file has no such column. Each field has a NUL behind it. */
static const char *value_of(const struct order_csv *csv, enum column column)
{
    size_t index = csv->columns[column];
    return index == SIZE_MAX ? "" : (const char *)nvs_csv_reader_field(&csv->reader, index).data;
}

static status_t split_lines(struct order_csv *csv, Mintmark__V1__OrderSpec *order,
                            struct problem *problem)
{
    const char *text = value_of(csv, LINES);
    if (snprintf(csv->lines, sizeof(csv->lines), "%s", text) >= (int)sizeof(csv->lines)) {
        return say(csv, problem, "ORDER_CSV_LINES", "lines is longer than %d bytes",
                   ORDER_CSV_VALUE_MAX - 1);
    }
    order->lines = csv->line_items;
    order->n_lines = 0;
    for (char *rest = csv->lines; rest != NULL && text[0] != '\0';) {
        char *item = strsep(&rest, ";");
        if (item[0] == '\0' || order->n_lines == ORDER_CSV_LINES_MAX) {
            return say(csv, problem, "ORDER_CSV_LINES",
                       "lines are at most %d names with ';' between", ORDER_CSV_LINES_MAX);
        }
        csv->line_items[order->n_lines++] = item;
    }
    return STATUS_OK;
}

static status_t read_row(struct order_csv *csv, Mintmark__V1__OrderSpec *ret_order,
                         struct problem *problem)
{
    Mintmark__V1__OrderSpec order;
    mintmark__v1__order_spec__init(&order);
    if (csv->reader.count != csv->count) {
        return say(csv, problem, "ORDER_CSV_ROW", "the row has %zu values, the header %zu",
                   csv->reader.count, csv->count);
    }
    if (++csv->rows > ORDER_CSV_ROWS_MAX) {
        return say(csv, problem, "ORDER_CSV_ROWS", "more than %d orders in one file",
                   ORDER_CSV_ROWS_MAX);
    }
    order.order = call_text(value_of(csv, ORDER));
    order.product = call_text(value_of(csv, PRODUCT));
    order.overage = call_text(value_of(csv, OVERAGE));
    order.not_before = call_text(value_of(csv, NOT_BEFORE));
    order.not_after = call_text(value_of(csv, NOT_AFTER));
    TRY(order_csv_place(
        csv, number_read("quantity", value_of(csv, QUANTITY), UINT32_MAX, &order.quantity, problem),
        problem));
    TRY(split_lines(csv, &order, problem));
    *ret_order = order;
    return STATUS_OK;
}

status_t order_csv_next(struct order_csv *csv, Mintmark__V1__OrderSpec *ret_order, bool *ret_found,
                        struct problem *problem)
{
    TRY(order_csv_place(csv, nvs_csv_reader_next(&csv->reader, ret_found, problem), problem));
    return *ret_found ? read_row(csv, ret_order, problem) : STATUS_OK;
}

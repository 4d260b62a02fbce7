#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/admin/order_data.h"
#include "client/files.h"
#include "lib/pki/certificate.h"
#include "lib/pki/pem.h"
#include "lib/unit/sheet.h"
#include "proto/product/row.h"

enum { ROWS_MAX = 100000 }; /* as the server takes in one upload */

void order_data_rows_init(struct order_data_rows *rows)
{
    *rows = (struct order_data_rows){.count = 0};
    buf_init_secret(&rows->bytes, (size_t)2 * UNIT_SHEET_VALUES_MAX);
    buf_init(&rows->rows, ROWS_MAX * sizeof(struct order_data_row));
    buf_init(&rows->sha256s, (size_t)ROWS_MAX * SHA256_SIZE);
}

void order_data_rows_done(struct order_data_rows *rows)
{
    buf_done(&rows->bytes);
    buf_done(&rows->rows);
    buf_done(&rows->sha256s);
}

/* What all units share is sent with the first row: it must be the same in every row. */
static status_t drop_expected(struct unit_supplied *supplied, struct buf *first,
                              struct problem *problem)
{
    AUTO(buf_done) struct buf own;
    buf_init_secret(&own, UNIT_SHEET_VALUES_MAX);
    for (size_t i = 0; i < supplied->expected_count; i++) {
        buf_append_le32(&own, (uint32_t)supplied->expected[i].text.size);
        buf_append_span(&own, supplied->expected[i].text);
    }
    TRY(buf_status(&own));
    if (first->data == NULL) {
        buf_init_secret(first, UNIT_SHEET_VALUES_MAX);
        buf_append_byte(first, 0); /* there is a first row, even without such values */
        buf_append_span(first, buf_span(&own));
        return buf_status(first);
    }
    if (!span_equal(span_make(first->data + 1, first->size - 1), buf_span(&own))) {
        return problem_say(problem, STATUS_INVALID, "SHEET_EXPECTED", "",
                           "a value that all units share is another one than in the first row");
    }
    supplied->expected_count = 0;
    return STATUS_OK;
}

/* Sellers of DACs send PEM, too. */
static status_t take_certificate(struct unit_supplied *supplied, struct buf *der,
                                 struct problem *problem)
{
    static const char PEM[] = "-----BEGIN";
    size_t size = sizeof(PEM) - 1;
    if (supplied->dac.size < size || memcmp(supplied->dac.data, PEM, size) != 0) {
        return STATUS_OK;
    }
    buf_init(der, PKI_CERTIFICATE_MAX);
    TRY(pki_pem_decode(supplied->dac, "CERTIFICATE", der, problem));
    supplied->dac = buf_span(der);
    return STATUS_OK;
}

static status_t add_row(struct order_data_rows *rows, const struct unit_supplied *supplied,
                        size_t line, struct problem *problem)
{
    uint8_t nonce[PRODUCT_ROW_NONCE_SIZE];
    uint8_t sha256[SHA256_SIZE];
    struct order_data_row row = {.at = rows->bytes.size, .line = line};
    if (rows->count == ROWS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "SHEET_ROWS", "",
                           "more than %d rows: import them in several files", ROWS_MAX);
    }
    if (RAND_bytes(nonce, sizeof(nonce)) != 1) {
        return STATUS_CRYPTO;
    }
    TRY(product_row_write(supplied, nonce, &rows->bytes));
    row.size = rows->bytes.size - row.at;
    if (row.size > PRODUCT_ROW_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "ROW_SIZE", "", "a row has at most %d bytes",
                           PRODUCT_ROW_MAX);
    }
    digest_sha256(span_make(rows->bytes.data + row.at, row.size), sha256);
    buf_append(&rows->rows, &row, sizeof(row));
    buf_append_span(&rows->sha256s, SPAN_OF(sha256));
    rows->count++;
    TRY(buf_status(&rows->rows));
    return buf_status(&rows->sha256s);
}

static status_t take_row(const struct order_data_table *table, struct unit_supplied *supplied,
                         size_t line, struct buf *first, struct order_data_rows *rows,
                         struct problem *problem)
{
    if (table->serial_is_unit) {
        if (supplied->serial_number == NULL || supplied->unit_id != NULL) {
            return problem_say(problem, STATUS_INVALID, "SHEET_UNIT", "",
                               "with --match serial-number each row has a serial-num and no "
                               "unit_id");
        }
        supplied->unit_id = supplied->serial_number;
    }
    AUTO(buf_done) struct buf der = {0};
    TRY(take_certificate(supplied, &der, problem));
    TRY(drop_expected(supplied, first, problem));
    return add_row(rows, supplied, line, problem);
}

static status_t read_all(const struct order_data_table *table, struct unit_sheet *sheet,
                         struct unit_supplied *supplied, struct order_data_rows *rows,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf first = {0};
    for (;;) {
        bool found = false;
        TRY(unit_sheet_next(sheet, supplied, &found, problem));
        if (!found) {
            break;
        }
        status_t status = take_row(table, supplied, unit_sheet_line(sheet), &first, rows, problem);
        if (status != STATUS_OK) {
            (void)problem_complete(problem, status);
            unit_sheet_place(sheet, problem);
            return status;
        }
    }
    return rows->count > 0 ? STATUS_OK
                           : problem_say(problem, STATUS_INVALID, "SHEET_ROWS", table->name,
                                         "the table has no rows");
}

status_t order_data_rows_read(const struct order_data_table *table, struct order_data_rows *rows,
                              struct problem *problem)
{
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    AUTO(secret_wipe) struct secret supplied = {0};
    const struct unit_sheet_source source = {
        .config_name = table->config_name,
        .config = table->config,
        .values_name = table->name,
        .values = table->text,
        .read_file = files_read_row,
        .read_key_file = files_read_row_key,
    };
    TRY(secret_new(&supplied, sizeof(struct unit_supplied)));
    TRY(unit_sheet_new(&source, &sheet, problem));
    return read_all(table, sheet, unit_supplied_of(&supplied), rows, problem);
}

bool order_data_rows_place(const struct order_data_rows *rows, const char *name, size_t *ret_line,
                           struct problem *problem)
{
    static const char ROWS[] = "rows[";
    size_t prefix = sizeof(ROWS) - 1;
    size_t number = rows->count;
    if (strncmp(problem->field, ROWS, prefix) == 0) {
        number = strtoul(problem->field + prefix, NULL, 10);
    }
    if (number >= rows->count) {
        return false;
    }
    *ret_line = order_data_row(rows, number)->line;
    (void)snprintf(problem->field, sizeof(problem->field), "%.60s:%zu", name, *ret_line);
    return true;
}

/* The parts of `mintmark order data`: the table's keys, its rows, and the command. */
#ifndef MINTMARK_CLIENT_ADMIN_ORDER_DATA_H
#define MINTMARK_CLIENT_ADMIN_ORDER_DATA_H

#include "lib/base/digest.h"
#include "lib/image/factory_data.h"

/* Borrows. */
struct order_data_table {
    const char *name; /* for messages */
    struct span text;
    const char *config_name;
    struct span config;  /* the table's keys, as the factory tools write them */
    bool serial_is_unit; /* a unit's id is its serial number */
};

/* What a table without a config CSV of its own says: those of its columns that are keys of the
 * Matter SDK, or of the product's vendor data that is supplied. Appends a config CSV. */
MUST_USE status_t order_data_config(const char *name, struct span table,
                                    const struct image_product *product, struct buf *ret_config,
                                    struct problem *problem);

/* A folder of DACs as a table: NAMEcert.der or .pem with NAMEkey.der or .pem beside it, in it or in
 * its folders, by name. A certificate without a key, such as a PAI's, is passed over. Appends. */
MUST_USE status_t order_data_folder(const char *path, struct buf *ret_table,
                                    struct problem *problem);

struct order_data_row {
    size_t at; /* in bytes */
    size_t size;
    size_t line;
};

/* The rows as they are sent. */
struct order_data_rows {
    struct buf bytes; /* secret */
    struct buf rows;  /* struct order_data_row each */
    struct buf sha256s;
    size_t count;
};
void order_data_rows_init(struct order_data_rows *rows);
void order_data_rows_done(struct order_data_rows *rows);
OWN_VALUE(struct order_data_rows, order_data_rows_done)

static inline const struct order_data_row *order_data_row(const struct order_data_rows *rows,
                                                          size_t index)
{
    return (const struct order_data_row *)(const void *)rows->rows.data + index;
}

/* Reads the whole table; a problem's field is "file:line". `rows` are initialised. */
MUST_USE status_t order_data_rows_read(const struct order_data_table *table,
                                       struct order_data_rows *rows, struct problem *problem);

/* After the server refused: "rows[12]" becomes the table's "file:line". False: it is about no row.
 */
bool order_data_rows_place(const struct order_data_rows *rows, const char *name, size_t *ret_line,
                           struct problem *problem);

#endif

#include "server/store/device.h"

#include "lib/base/digest.h"
#include "server/store/sqlite.h"

static status_t read_texts(sqlite3_stmt *s, struct store_device *device)
{
    const struct {
        int column;
        char *place;
        size_t size;
    } texts[] = {
        {2, device->order, sizeof(device->order)},
        {3, device->unit_id, sizeof(device->unit_id)},
        {4, device->hardware_id, sizeof(device->hardware_id)},
        {8, device->station, sizeof(device->station)},
        {9, device->line, sizeof(device->line)},
        {10, device->product, sizeof(device->product)},
        {12, device->serial_number, sizeof(device->serial_number)},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        TRY(sqlite_column_text_into(s, texts[i].column, texts[i].place, texts[i].size));
    }
    return STATUS_OK;
}

static status_t read_row(sqlite3_stmt *s, struct store_device *ret_device)
{
    struct store_device device = {
        .row = sqlite3_column_int64(s, 0),
        .key_source = (enum store_key_source)sqlite3_column_int(s, 5),
        .state = (enum store_unit_state)sqlite3_column_int(s, 6),
        .revoked = sqlite3_column_int(s, 7) != 0,
        .product_revision = (uint32_t)sqlite3_column_int64(s, 11),
        .deliveries = (uint32_t)sqlite3_column_int64(s, 16),
        .attempts = (uint32_t)sqlite3_column_int64(s, 17),
        .created_ms = sqlite3_column_int64(s, 18),
        .issued_ms = sqlite3_column_int64(s, 19),
        .reported_ms = sqlite3_column_int64(s, 20),
    };
    TRY(read_texts(s, &device));
    TRY(sqlite_column_text_into(s, 21, device.seal_day, sizeof(device.seal_day)));
    TRY(sqlite_column_exact(s, 1, device.record_id, sizeof(device.record_id)));
    TRY(sqlite_column_exact(s, 13, device.dac_serial, sizeof(device.dac_serial)));
    struct span certificate = sqlite_column_span(s, 14);
    device.has_certificate = certificate.size > 0;
    if (device.has_certificate) {
        digest_sha256(certificate, device.certificate_sha256);
        TRY(sqlite_column_exact(s, 15, device.set_digest, sizeof(device.set_digest)));
    }
    *ret_device = device;
    return STATUS_OK;
}

static sqlite3_stmt *list_statement(struct store *store, const struct store_device_choice *choice)
{
    bool all = choice->order[0] == '\0';
    sqlite3_stmt *s = sqlite_statement(store, all ? STORE_DEVICES_OF_ALL : STORE_DEVICES_OF_ORDER);
    (void)sqlite3_bind_int64(s, 1, choice->after);
    (void)sqlite3_bind_int64(s, 2, STORE_DEVICES_LOOKED_AT);
    if (!all) {
        sqlite_bind_text(s, 3, choice->order);
    }
    return s;
}

status_t store_device_list(struct store *store, const struct store_device_choice *choice,
                           store_device_visit_t *visit, void *context, int64_t *ret_after)
{
    sqlite3_stmt *s = list_statement(store, choice);
    status_t status = STATUS_OK;
    int64_t last = 0;
    unsigned rows = 0;
    unsigned found = 0;
    while (found < choice->count && (status = sqlite_row(store, s)) == STATUS_OK) {
        struct store_device device;
        last = sqlite3_column_int64(s, 0);
        rows++;
        if (choice->state != 0 && sqlite3_column_int(s, 6) != choice->state) {
            continue;
        }
        found++;
        status = read_row(s, &device);
        if (status == STATUS_OK) {
            status = visit(context, &device);
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    sqlite_end(s);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    *ret_after = status == STATUS_OK || rows == STORE_DEVICES_LOOKED_AT ? last : 0;
    return STATUS_OK;
}

status_t store_device_find(struct store *store, const char *unit_id, const char *serial_number,
                           struct span dac_serial, struct store_device *ret_device)
{
    sqlite3_stmt *s = NULL;
    if (unit_id[0] != '\0') {
        s = sqlite_statement(store, STORE_DEVICE_OF_UNIT);
        sqlite_bind_text(s, 1, unit_id);
    } else if (serial_number[0] != '\0') {
        s = sqlite_statement(store, STORE_DEVICE_OF_SERIAL);
        sqlite_bind_text(s, 1, serial_number);
    } else {
        s = sqlite_statement(store, STORE_DEVICE_OF_DAC);
        sqlite_bind_span(s, 1, dac_serial);
    }
    TRY(sqlite_row(store, s));
    status_t status = read_row(s, ret_device);
    if (status == STATUS_OK) {
        status_t another = sqlite_row(store, s);
        status = another == STATUS_OK          ? STATUS_EXISTS
                 : another == STATUS_NOT_FOUND ? STATUS_OK
                                               : another;
    }
    sqlite_end(s);
    return status;
}

static status_t read_yield(sqlite3_stmt *s, struct store_yield *ret_yield)
{
    ret_yield->flashed = (uint32_t)sqlite3_column_int64(s, 2);
    ret_yield->first_pass = (uint32_t)sqlite3_column_int64(s, 3);
    ret_yield->attempts_failed = (uint32_t)sqlite3_column_int64(s, 4);
    ret_yield->scrapped = (uint32_t)sqlite3_column_int64(s, 5);
    TRY(sqlite_column_text_into(s, 0, ret_yield->station, sizeof(ret_yield->station)));
    return sqlite_column_text_into(s, 1, ret_yield->slot, sizeof(ret_yield->slot));
}

status_t store_device_yield(struct store *store, const char *order, unsigned count,
                            struct store_yield *ret_yields, size_t *ret_count)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_YIELD);
    sqlite_bind_text(s, 1, order);
    status_t status = STATUS_OK;
    size_t read = 0;
    while (status == STATUS_OK && read < count) {
        status = sqlite_row(store, s);
        if (status == STATUS_OK) {
            status = read_yield(s, &ret_yields[read++]);
        }
    }
    sqlite_end(s);
    *ret_count = read;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static status_t void_reservation(struct store *store, const struct store_device *device)
{
    struct store_due due = {.row = device->row};
    memcpy(due.order, device->order, sizeof(due.order));
    memcpy(due.seal_day, device->seal_day, sizeof(due.seal_day));
    return sqlite_make_void(store, &due, NULL);
}

static status_t leave_station(struct store *store, const struct store_device *device)
{
    TRY(sqlite_station_less(store, device->row));
    sqlite3_stmt *s = sqlite_statement(store, STORE_SECRET_ERASE_DEVICE);
    (void)sqlite3_bind_int64(s, 1, device->row);
    TRY(sqlite_run(store, s));
    return sqlite_secret_gone(store, device->row, device->seal_day);
}

status_t store_device_scrap(struct store *store, const struct store_device *device, int64_t now_ms)
{
    if (device->state == STORE_UNIT_RESERVED) {
        return void_reservation(store, device);
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_UNIT_SCRAP);
    (void)sqlite3_bind_int64(s, 1, device->row);
    (void)sqlite3_bind_int64(s, 2, device->state);
    (void)sqlite3_bind_int64(s, 3, now_ms);
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != 1) {
        return STATUS_ABORTED;
    }
    s = sqlite_statement(store, STORE_ORDER_SCRAP);
    sqlite_bind_text(s, 1, device->order);
    (void)sqlite3_bind_int64(s, 2, device->state);
    TRY(sqlite_run(store, s));
    return device->state == STORE_UNIT_ISSUED ? leave_station(store, device) : STATUS_OK;
}

status_t store_device_release(struct store *store, const struct store_device *device)
{
    TRY(sqlite_station_less(store, device->row));
    sqlite3_stmt *s = sqlite_statement(store, STORE_HELD_PUT);
    (void)sqlite3_bind_int64(s, 1, device->row);
    TRY(sqlite_run(store, s));
    s = sqlite_statement(store, STORE_UNIT_RELEASE);
    (void)sqlite3_bind_int64(s, 1, device->row);
    (void)sqlite3_bind_int64(s, 2, device->state);
    TRY(sqlite_run(store, s));
    return sqlite_changes(store) == 1 ? STATUS_OK : STATUS_ABORTED;
}

/* Its codes stand on a label that is to go; tells how many were there yet. */
static status_t erase_secrets(struct store *store, const struct store_device *device,
                              int *ret_erased)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_SECRET_ERASE_CODES);
    (void)sqlite3_bind_int64(s, 1, device->row);
    TRY(sqlite_run(store, s));
    *ret_erased = sqlite_changes(store);
    s = sqlite_statement(store, STORE_SECRET_ERASE_DEVICE);
    (void)sqlite3_bind_int64(s, 1, device->row);
    TRY(sqlite_run(store, s));
    return sqlite_secret_gone(store, device->row, device->seal_day);
}

status_t store_device_supersede(struct store *store, const struct store_device *device)
{
    int erased = 0;
    sqlite3_stmt *s = sqlite_statement(store, STORE_UNIT_SUPERSEDE);
    (void)sqlite3_bind_int64(s, 1, device->row);
    (void)sqlite3_bind_int64(s, 2, device->state);
    TRY(sqlite_run(store, s));
    if (sqlite_changes(store) != 1) {
        return STATUS_ABORTED;
    }
    TRY(erase_secrets(store, device, &erased));
    s = sqlite_statement(store, STORE_ORDER_SUPERSEDE);
    sqlite_bind_text(s, 1, device->order);
    (void)sqlite3_bind_int64(s, 2, device->state);
    (void)sqlite3_bind_int64(s, 3, erased);
    TRY(sqlite_run(store, s));
    return device->state == STORE_UNIT_ISSUED ? sqlite_station_less(store, device->row) : STATUS_OK;
}

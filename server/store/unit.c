#include <stdio.h>

#include "server/store/sqlite.h"
#include "server/store/trace.h"

void store_unit_done(struct store_unit *unit)
{
    buf_done(&unit->tbs);
    for (int part = 0; part < STORE_PARTS; part++) {
        buf_done(&unit->sealed[part]);
    }
    buf_done(&unit->certificate);
    *unit = (struct store_unit){0};
}

static status_t read_blob(sqlite3_stmt *statement, int column, struct buf *ret_blob)
{
    buf_init(ret_blob, STORE_BLOB_MAX);
    buf_append_span(ret_blob, sqlite_column_span(statement, column));
    return buf_status(ret_blob);
}

static status_t read_blobs(sqlite3_stmt *statement, struct store_unit *unit)
{
    TRY(read_blob(statement, 15, &unit->tbs));
    TRY(read_blob(statement, 16, &unit->certificate));
    TRY(read_blob(statement, 20, &unit->sealed[STORE_PART_DEVICE]));
    TRY(read_blob(statement, 25, &unit->sealed[STORE_PART_CODES]));
    return unit->certificate.size == 0
               ? STATUS_OK
               : sqlite_column_exact(statement, 17, unit->set_digest, sizeof(unit->set_digest));
}

static void read_numbers(sqlite3_stmt *s, struct store_unit *unit)
{
    unit->key_source = (enum store_key_source)sqlite3_column_int(s, 4);
    unit->state = (enum store_unit_state)sqlite3_column_int(s, 5);
    unit->product_revision = (uint32_t)sqlite3_column_int64(s, 8);
    unit->image_revision = (uint32_t)sqlite3_column_int64(s, 9);
    unit->vendor_id = (uint16_t)sqlite3_column_int(s, 10);
    unit->deliveries = (uint32_t)sqlite3_column_int64(s, 18);
    unit->created_ms = sqlite3_column_int64(s, 19);
    unit->row = sqlite3_column_int64(s, 21);
    unit->attempts = (uint32_t)sqlite3_column_int64(s, 24);
    unit->revoked = sqlite3_column_int(s, 26) != 0;
}

static status_t read_texts(sqlite3_stmt *s, struct store_unit *unit)
{
    const struct {
        int column;
        char *place;
        size_t size;
    } texts[] = {
        {1, unit->order, sizeof(unit->order)},
        {2, unit->unit_id, sizeof(unit->unit_id)},
        {3, unit->hardware_id, sizeof(unit->hardware_id)},
        {6, unit->station, sizeof(unit->station)},
        {7, unit->product, sizeof(unit->product)},
        {11, unit->serial_number, sizeof(unit->serial_number)},
        {14, unit->seal_day, sizeof(unit->seal_day)},
        {23, unit->line, sizeof(unit->line)},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        TRY(sqlite_column_text_into(s, texts[i].column, texts[i].place, texts[i].size));
    }
    return STATUS_OK;
}

static status_t read_row(sqlite3_stmt *s, struct store_unit *unit)
{
    read_numbers(s, unit);
    TRY(read_texts(s, unit));
    TRY(sqlite_column_exact(s, 0, unit->record_id, sizeof(unit->record_id)));
    TRY(sqlite_column_exact(s, 12, unit->dac_serial, sizeof(unit->dac_serial)));
    TRY(sqlite_column_exact(s, 13, unit->public_key, sizeof(unit->public_key)));
    TRY(sqlite_column_exact(s, 22, unit->chain_sha256, sizeof(unit->chain_sha256)));
    return read_blobs(s, unit);
}

status_t store_unit_find(struct store *store, const char *unit_id, struct store_unit *ret_unit)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_FIND);
    sqlite_bind_text(statement, 1, unit_id);
    TRY(sqlite_row(store, statement));
    struct store_unit unit = {0};
    status_t status = read_row(statement, &unit);
    sqlite_end(statement);
    if (status != STATUS_OK) {
        store_unit_done(&unit);
        return status;
    }
    *ret_unit = unit;
    return STATUS_OK;
}

status_t sqlite_refuse_exhausted(const struct store_order *order, struct problem *problem)
{
    return problem_say(problem, STATUS_EXHAUSTED, "ORDER_EXHAUSTED", "order",
                       "all %u identities of order %s are used: close it or order more",
                       order->identities_limit, order->id);
}

status_t sqlite_refuse_open(uint32_t max_open, struct problem *problem)
{
    return problem_say(problem, STATUS_EXHAUSTED, "STATION_OPEN", "",
                       "this station has %u units that it has not reported: report them flashed or "
                       "scrapped, or raise max_open_per_station",
                       max_open);
}

static status_t count_one(struct store *store, const struct store_unit *unit,
                          struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_COUNT);
    sqlite_bind_text(statement, 1, unit->order);
    (void)sqlite3_bind_int64(statement, 2, unit->sealed[STORE_PART_CODES].size > 0);
    TRY(sqlite_run(store, statement));
    if (sqlite_changes(store) == 1) {
        return STATUS_OK;
    }
    struct store_order order;
    TRY(store_order_get(store, unit->order, &order));
    if (order.state != STORE_ORDER_OPEN) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_NOT_OPEN", "order",
                           "order %s is not open", unit->order);
    }
    return sqlite_refuse_exhausted(&order, problem);
}

static status_t insert_unit(struct store *store, const struct store_unit *unit, int64_t now_ms)
{
    sqlite3_stmt *s = sqlite_statement(store, STORE_UNIT_PUT);
    sqlite_bind_span(s, 1, SPAN_OF(unit->record_id));
    sqlite_bind_text(s, 2, unit->order);
    sqlite_bind_text(s, 3, unit->unit_id);
    sqlite_bind_text(s, 4, unit->hardware_id);
    (void)sqlite3_bind_int64(s, 5, unit->key_source);
    sqlite_bind_text(s, 6, unit->station);
    sqlite_bind_text(s, 7, unit->product);
    (void)sqlite3_bind_int64(s, 8, unit->product_revision);
    (void)sqlite3_bind_int64(s, 9, unit->image_revision);
    (void)sqlite3_bind_int64(s, 10, unit->vendor_id);
    sqlite_bind_text(s, 11, unit->serial_number);
    sqlite_bind_span(s, 12, SPAN_OF(unit->dac_serial));
    sqlite_bind_span(s, 13, SPAN_OF(unit->public_key));
    sqlite_bind_text(s, 14, unit->seal_day);
    sqlite_bind_span(s, 15, buf_span(&unit->tbs));
    (void)sqlite3_bind_int64(s, 16, now_ms);
    sqlite_bind_span(s, 17, SPAN_OF(unit->chain_sha256));
    sqlite_bind_text(s, 18, unit->line);
    return sqlite_run(store, s);
}

static bool is_live(struct store *store, const char *unit_id)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_FIND);
    sqlite_bind_text(statement, 1, unit_id);
    bool live = sqlite_row(store, statement) == STATUS_OK;
    sqlite_end(statement);
    return live;
}

static status_t hardware_id_used(const char *hardware_id, struct problem *problem)
{
    return problem_say(problem, STATUS_EXISTS, "HARDWARE_ID_USED", "unit.hardware_id",
                       "%s has an identity under another unit id: call for that one", hardware_id);
}

static status_t value_taken(struct problem *problem)
{
    return problem_say(problem, STATUS_ABORTED, "VALUE_TAKEN", "unit",
                       "a value that was drawn is another unit's: try again");
}

/* Which unique value was taken: SQLite names the first column it found in its message. A call for
 * the same unit that was first has taken them all. */
static status_t explain_taken(struct store *store, const struct store_unit *unit,
                              struct problem *problem)
{
    char message[128];
    (void)snprintf(message, sizeof(message), "%s", sqlite3_errmsg(store->database));
    if (is_live(store, unit->unit_id)) {
        return problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                           "another call was first: try again");
    }
    if (strstr(message, "unit.public_key") != NULL && unit->key_source == STORE_KEY_CSR) {
        return problem_say(problem, STATUS_EXISTS, "KEY_USED", "csr",
                           "this public key has a DAC already: make a new key on the device");
    }
    if (strstr(message, "unit.hardware_id") != NULL) {
        return hardware_id_used(unit->hardware_id, problem);
    }
    bool serial_number = strstr(message, "unit.serial_number") != NULL;
    if (serial_number ? unit->serial_supplied : unit->bought) {
        return problem_say(problem, STATUS_EXISTS, "ORDER_DATA_USED", "unit",
                           "the serial number or DAC of this unit's row of order data is another "
                           "unit's: close the order, and order without that row");
    }
    return value_taken(problem);
}

/* What is drawn is no waiting row's: whose row it is would never get it. */
static status_t check_waiting_rows(struct store *store, const struct store_unit *unit,
                                   struct problem *problem)
{
    if (unit->serial_supplied || unit->serial_number[0] == '\0') {
        return STATUS_OK;
    }
    sqlite3_stmt *s = sqlite_statement(store, STORE_ROW_WAITS);
    sqlite_bind_text(s, 1, unit->serial_number);
    (void)sqlite3_bind_int64(s, 2, unit->vendor_id);
    status_t status = sqlite_row(store, s);
    sqlite_end(s);
    return status == STATUS_NOT_FOUND ? STATUS_OK
           : status != STATUS_OK      ? status
                                      : value_taken(problem);
}

/* A station that never reports is given no more. */
static status_t open_one(struct store *store, const struct store_unit *unit, uint32_t max_open,
                         struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_STATION_MORE);
    sqlite_bind_text(statement, 1, unit->station);
    (void)sqlite3_bind_int64(statement, 2, max_open);
    TRY(sqlite_run(store, statement));
    return sqlite_changes(store) == 1 ? STATUS_OK : sqlite_refuse_open(max_open, problem);
}

status_t sqlite_station_less(struct store *store, int64_t unit_row)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_STATION_LESS);
    (void)sqlite3_bind_int64(statement, 1, unit_row);
    return sqlite_run(store, statement);
}

static status_t reserve(struct store *store, struct store_unit *unit, uint32_t max_open,
                        struct span leaf, int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_check_clock(store, now_ms, problem));
    TRY(count_one(store, unit, problem));
    TRY(sqlite_data_check(store, unit, problem));
    TRY(check_waiting_rows(store, unit, problem));
    status_t status = insert_unit(store, unit, now_ms);
    if (status == STATUS_EXISTS) {
        return explain_taken(store, unit, problem);
    }
    TRY(status);
    unit->row = sqlite3_last_insert_rowid(store->database);
    TRY(open_one(store, unit, max_open, problem));
    TRY(sqlite_data_take(store, unit));
    TRY(sqlite_secret_put(store, unit, now_ms));
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_unit_reserve(struct store *store, struct store_unit *unit, uint32_t max_open,
                            struct span leaf, int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, reserve(store, unit, max_open, leaf, now_ms, problem), problem);
}

static status_t record(struct store *store, const struct store_unit *unit, struct span leaf,
                       int64_t now_ms, bool *ret_recorded)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_RECORD);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    sqlite_bind_span(statement, 2, buf_span(&unit->certificate));
    sqlite_bind_span(statement, 3, SPAN_OF(unit->set_digest));
    (void)sqlite3_bind_int64(statement, 4, now_ms);
    sqlite_bind_text(statement, 5, unit->station);
    TRY(sqlite_run(store, statement));
    *ret_recorded = sqlite_changes(store) == 1;
    if (!*ret_recorded) {
        return STATUS_OK;
    }
    statement = sqlite_statement(store, STORE_ORDER_ISSUED);
    sqlite_bind_text(statement, 1, unit->order);
    TRY(sqlite_run(store, statement));
    if (unit->created_ms != 0) { /* resumed: the reservation may be old */
        TRY(sqlite_secret_delivered(store, unit, now_ms));
    }
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_unit_record(struct store *store, const struct store_unit *unit, struct span leaf,
                           int64_t now_ms, bool *ret_recorded, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, record(store, unit, leaf, now_ms, ret_recorded), problem);
}

status_t store_unit_deliver(struct store *store, const struct store_unit *unit, struct span leaf,
                            int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_DELIVER);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    (void)sqlite3_bind_int64(statement, 2, STORE_DELIVERIES_MAX);
    sqlite_bind_text(statement, 3, unit->station);
    status_t status = sqlite_run(store, statement);
    if (status == STATUS_OK && sqlite_changes(store) != 1) {
        status = problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                             "the unit changed meanwhile: try again");
    }
    if (status == STATUS_OK) {
        status = sqlite_secret_delivered(store, unit, now_ms);
    }
    if (status == STATUS_OK) {
        status = store_trace_put(store, unit->record_id, leaf, now_ms);
    }
    return sqlite_finish(store, status, problem);
}

static status_t bind(struct store *store, const struct store_unit *unit, const char *hardware_id,
                     struct span leaf, int64_t now_ms, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_BIND);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    sqlite_bind_text(statement, 2, hardware_id);
    status_t status = sqlite_run(store, statement);
    if (status == STATUS_EXISTS) {
        return hardware_id_used(hardware_id, problem);
    }
    TRY(status);
    if (sqlite_changes(store) != 1) {
        return problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                           "another call was first: try again");
    }
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_unit_bind(struct store *store, const struct store_unit *unit,
                         const char *hardware_id, struct span leaf, int64_t now_ms,
                         struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, bind(store, unit, hardware_id, leaf, now_ms, problem), problem);
}

static status_t take(struct store *store, const struct store_unit *unit, uint32_t max_open,
                     struct span leaf, int64_t now_ms, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_TAKE);
    (void)sqlite3_bind_int64(statement, 1, unit->row);
    sqlite_bind_text(statement, 2, unit->station);
    sqlite_bind_text(statement, 3, unit->line);
    TRY(sqlite_run(store, statement));
    if (sqlite_changes(store) != 1) {
        return problem_say(problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                           "another call was first: try again");
    }
    TRY(open_one(store, unit, max_open, problem));
    return store_trace_put(store, unit->record_id, leaf, now_ms);
}

status_t store_unit_take(struct store *store, const struct store_unit *unit, uint32_t max_open,
                         struct span leaf, int64_t now_ms, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, take(store, unit, max_open, leaf, now_ms, problem), problem);
}

status_t store_unit_certificate(struct store *store,
                                const uint8_t dac_serial[static STORE_DAC_SERIAL_SIZE],
                                struct buf *ret_certificate)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_UNIT_CERTIFICATE);
    sqlite_bind_span(statement, 1, span_make(dac_serial, STORE_DAC_SERIAL_SIZE));
    TRY(sqlite_row(store, statement));
    struct span certificate = sqlite_column_span(statement, 0);
    buf_append_span(ret_certificate, certificate);
    sqlite_end(statement);
    return certificate.size > 0 ? buf_status(ret_certificate) : STATUS_NOT_FOUND;
}

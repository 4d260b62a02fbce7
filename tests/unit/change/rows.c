#include "tests/unit/change/rows.h"

#include <sqlite3.h>

#include "lib/base/digest.h"

const char *rows_order_id = "WO-7";
struct desk rows_desk;
uint8_t rows_upload[STORE_DATA_UPLOAD_SIZE] = "upload";

static status_t (*sign_as_factory)(void *token, const char *pai, struct span tbs,
                                   struct buf *ret_signature, struct problem *problem);

/* The factory's token has one PAI, by its own name. */
static status_t sign_dac(void *token, const char *pai, struct span tbs, struct buf *ret_signature,
                         struct problem *problem)
{
    assert_string_equal(pai, "acme");
    return sign_as_factory(token, "pai", tbs, ret_signature, problem);
}

int rows_set_up(void **state)
{
    (void)state;
    desk_init(&rows_desk);
    sign_as_factory = rows_desk.worker.environment.sign_dac;
    rows_desk.worker.environment.sign_dac = sign_dac;
    desk_have_product(&rows_desk, "a19",
                      "serial_number: supplied\n"
                      "commissioning: {passcode: supplied, spake2p_iterations: 1000}\n");
    Mintmark__V1__OrderSpec spec = desk_order("WO-7", "a19", 20);
    spec.product_revision = 1;
    desk_change(&rows_desk, "order", &spec.base);
    return 0;
}

int rows_tear_down(void **state)
{
    (void)state;
    factory_clock_offset_ms = 0;
    rows_order_id = "WO-7";
    desk_done(&rows_desk);
    return 0;
}

struct store_order rows_order(void)
{
    struct store_order order;
    assert_ok(store_order_get(rows_desk.worker.store, rows_order_id, &order));
    return order;
}

static sqlite3 *open_database(void)
{
    char path[128];
    sqlite3 *database = NULL;
    (void)snprintf(path, sizeof(path), "%s/mintmark.db", rows_desk.world.factory.folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    return database;
}

void rows_execute(const char *sql)
{
    sqlite3 *database = open_database();
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(database);
}

int64_t rows_number(const char *sql)
{
    sqlite3 *database = open_database();
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(database);
    return number;
}

void sent_done(struct sent *sent)
{
    for (size_t i = 0; i < sent->count; i++) {
        buf_done(&sent->bytes[i]);
    }
}

void rows_add_bytes(struct sent *sent, struct span bytes)
{
    struct buf *place = &sent->bytes[sent->count];
    buf_init_secret(place, (size_t)2 * PRODUCT_ROW_MAX);
    buf_append_span(place, bytes);
    assert_ok(buf_status(place));
    sent->rows[sent->count++] = (ProtobufCBinaryData){place->size, place->data};
}

void rows_add_supplied(struct sent *sent, const struct unit_supplied *supplied)
{
    static uint8_t nonce[PRODUCT_ROW_NONCE_SIZE];
    AUTO(buf_done) struct buf bytes;
    nonce[0]++;
    buf_init_secret(&bytes, (size_t)2 * PRODUCT_ROW_MAX);
    assert_ok(product_row_write(supplied, nonce, &bytes));
    rows_add_bytes(sent, buf_span(&bytes));
}

/* A good row; unit id and chip may be NULL. */
void rows_add(struct sent *sent, unsigned number, const char *unit_id, const char *chip)
{
    static struct unit_supplied supplied;
    char serial_number[UNIT_SERIAL_NUMBER_MAX + 1];
    (void)snprintf(serial_number, sizeof(serial_number), "S%06u", number);
    supplied = (struct unit_supplied){.unit_id = unit_id,
                                      .hardware_id = chip,
                                      .serial_number = serial_number,
                                      .passcode = {true, ROWS_PASSCODE + number}};
    rows_add_supplied(sent, &supplied);
}

Mintmark__V1__OrderDataPage rows_page(struct sent *sent)
{
    Mintmark__V1__OrderDataPage page;
    mintmark__v1__order_data_page__init(&page);
    page.order = rpc_unit_borrow_text(rows_order_id);
    page.upload = (ProtobufCBinaryData){sizeof(rows_upload), rows_upload};
    page.rows = sent->rows;
    page.n_rows = sent->count;
    return page;
}

void rows_send_by(const struct person *caller, const Mintmark__V1__OrderDataPage *page)
{
    AUTO(buf_done) struct buf bytes;
    AUTO(buf_done) struct buf answer;
    buf_init_secret(&bytes, RPC_ANSWER_MAX);
    (void)mintmark__v1__order_data_page__pack(
        page, buf_extend(&bytes, mintmark__v1__order_data_page__get_packed_size(page)));
    desk_call(&rows_desk, caller, METHOD_UPLOAD_ORDER_DATA, buf_span(&bytes), &answer);
}

/* "" when the page was taken, else the reason. */
const char *rows_send(const Mintmark__V1__OrderDataPage *page)
{
    rows_send_by(&rows_desk.op1, page);
    return rows_desk.reason;
}

Mintmark__V1__OrderDataImport rows_import(const struct sent *sent)
{
    static uint8_t sha256[SHA256_SIZE];
    Mintmark__V1__OrderDataImport import;
    AUTO(buf_done) struct buf sha256s;
    buf_init(&sha256s, (size_t)ROWS_MAX * SHA256_SIZE);
    for (size_t i = 0; i < sent->count; i++) {
        uint8_t one[SHA256_SIZE];
        digest_sha256(buf_span(&sent->bytes[i]), one);
        buf_append_span(&sha256s, SPAN_OF(one));
    }
    digest_sha256(buf_span(&sha256s), sha256);
    mintmark__v1__order_data_import__init(&import);
    import.order = rpc_unit_borrow_text(rows_order_id);
    import.upload = (ProtobufCBinaryData){sizeof(rows_upload), rows_upload};
    import.rows = (uint32_t)sent->count;
    import.rows_sha256 = (ProtobufCBinaryData){sizeof(sha256), sha256};
    return import;
}

/* Sent and imported; each time as another rows_upload. */
void rows_have(struct sent *sent)
{
    Mintmark__V1__OrderDataPage page = rows_page(sent);
    assert_string_equal(rows_send(&page), "");
    Mintmark__V1__OrderDataImport import = rows_import(sent);
    desk_change(&rows_desk, "order-data", &import.base);
    rows_upload[15]++;
}

void rows_expect(struct sent *sent, const char *reason)
{
    Mintmark__V1__OrderDataPage page = rows_page(sent);
    assert_string_equal(rows_send(&page), reason);
}

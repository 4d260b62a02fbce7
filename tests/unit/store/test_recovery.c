/* Backups of a real database, and a store that goes on under a new origin. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/store/backup.h"
#include "server/store/change.h"
#include "server/store/log.h"
#include "server/store/recovery.h"
#include "server/store/sqlite.h"
#include "server/store/trace.h"

enum { NOW = 1000000 };

static char folder[64];
static char copy[96];
static struct store *store;

static const struct store_genesis GENESIS = {.origin = "acme/1", .leaf = {NULL, 0}};

static void sql(const char *statement)
{
    char *error = NULL;
    if (sqlite3_exec(store->database, statement, NULL, NULL, &error) != SQLITE_OK) {
        fail_msg("%s: %s", statement, error);
    }
}

static int64_t number(const char *question)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(store->database, question, -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return answer;
}

static void put_order(const char *id, uint32_t limit)
{
    bool made = false;
    struct store_order order = {.product = "lamp",
                                .product_revision = 1,
                                .state = STORE_ORDER_OPEN,
                                .quantity = limit,
                                .identities_limit = limit,
                                .created_ms = NOW};
    (void)snprintf(order.id, sizeof(order.id), "%s", id);
    assert_ok(store_order_put(store, &order, span_text("{}"), &made, NULL));
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/mintmark-recovery-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(copy, sizeof(copy), "%s/copy.db", folder);
    assert_ok(store_create(folder, &GENESIS, NULL));
    assert_ok(store_open(folder, &store, NULL));
    put_order("WO-1", 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    store_close(store);
    store = NULL;
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* --- backups --- */

static void test_backup(void **state)
{
    (void)state;
    struct store_copy said;
    struct stat info;
    uint64_t size = 0;
    assert_ok(store_log_sequence_all(store, &size, NULL));
    /* a transaction under way is not in it, and neither waits for the other */
    assert_ok(sqlite_begin(store, NULL));
    assert_ok(sqlite_append_leaf(store, span_text("{}"), NOW));
    assert_ok(store_backup(folder, copy, NULL));
    assert_ok(sqlite_finish(store, STATUS_OK, NULL));
    assert_ok(store_backup_check(copy, &said, NULL));
    assert_string_equal(said.origin, "acme/1");
    assert_int_equal(said.entries, size);
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    char beside[128];
    (void)snprintf(beside, sizeof(beside), "%s-wal", copy);
    assert_int_not_equal(access(beside, F_OK), 0);
    struct problem problem = {0};
    assert_int_equal(store_backup(folder, copy, &problem), STATUS_EXISTS);
    assert_string_equal(problem.reason, "BACKUP");
}

static void assert_check(status_t status, const char *reason)
{
    struct problem problem = {0};
    struct store_copy said;
    assert_int_equal(store_backup_check(copy, &said, &problem), status);
    assert_string_equal(problem.reason, reason);
}

/* What a copy can be besides whole. */
static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *change;
        status_t status;
        const char *reason;
    } CASES[] = {
        {"UPDATE leaf SET content = x'00' WHERE sequence = 1", STATUS_DATA_LOSS, "STORE_CORRUPTED"},
        {"DELETE FROM leaf WHERE sequence = 0", STATUS_DATA_LOSS, "STORE_CORRUPTED"},
        {"UPDATE node SET hash = zeroblob(32)", STATUS_DATA_LOSS, "LOG_CORRUPTED"},
        {"UPDATE meta SET value = '1' WHERE key = 'schema_version'", STATUS_REFUSED,
         "STORE_VERSION"},
        {"DROP TABLE meta", STATUS_REFUSED, "STORE_MISSING"},
    };
    uint64_t size = 0;
    put_order("WO-2", 1);
    put_order("WO-3", 1);
    assert_ok(store_log_sequence_all(store, &size, NULL));
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        sqlite3 *database = NULL;
        assert_ok(store_backup(folder, copy, NULL));
        assert_int_equal(sqlite3_open(copy, &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, CASES[i].change, NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(database);
        assert_check(CASES[i].status, CASES[i].reason);
        assert_int_equal(unlink(copy), 0);
    }
    assert_ok(file_write(copy, span_text("no database, whatever its name says"), 0600));
    assert_check(STATUS_DATA_LOSS, "STORE_CORRUPTED");
}

/* --- recoveries --- */

static struct store_recovery_unit unit_of(uint8_t number, const char *order)
{
    struct store_recovery_unit unit = {.unit = {.vendor_id = 0xFFF1,
                                                .key_source = STORE_KEY_IMAGE,
                                                .product = "lamp",
                                                .product_revision = 1,
                                                .station = "spiffe://acme/station/line1-01",
                                                .created_ms = NOW}};
    memset(unit.unit.record_id, number, sizeof(unit.unit.record_id));
    memset(unit.unit.dac_serial, number, sizeof(unit.unit.dac_serial));
    memset(unit.unit.public_key, number, sizeof(unit.unit.public_key));
    (void)snprintf(unit.unit.order, sizeof(unit.unit.order), "%s", order);
    (void)snprintf(unit.unit.unit_id, sizeof(unit.unit.unit_id), "unit-%u", number);
    (void)snprintf(unit.unit.serial_number, sizeof(unit.unit.serial_number), "SN-%u", number);
    buf_init(&unit.unit.tbs, 64);
    buf_init(&unit.unit.certificate, 64);
    buf_init(&unit.leaf, 64);
    buf_append_fill(&unit.unit.tbs, number, 8);
    buf_append_fill(&unit.unit.certificate, number, 16);
    buf_append_text(&unit.leaf, "{unit}");
    return unit;
}

static void units_done(struct store_recovery_unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        store_unit_done(&units[i].unit);
        buf_done(&units[i].leaf);
    }
}

/* A unit as a call reserves it, with secrets. */
static void reserve(uint8_t number)
{
    struct store_recovery_unit unit = unit_of(number, "WO-1");
    (void)snprintf(unit.unit.seal_day, sizeof(unit.unit.seal_day), "2026-11-22");
    for (int part = 0; part < STORE_PARTS; part++) {
        buf_init(&unit.unit.sealed[part], 16);
        buf_append_fill(&unit.unit.sealed[part], number, 16);
    }
    assert_ok(store_unit_reserve(store, &unit.unit, 100, span_text("{}"), NOW, NULL));
    units_done(&unit, 1);
}

static struct store_recovery recovery_of(struct store_recovery_unit *units, size_t count,
                                         const struct buf *entry)
{
    static const struct store_change CHANGE = {.id = {7},
                                               .kind = "recovery",
                                               .subject = "acme/2",
                                               .proposal = {.text = "propose"},
                                               .approval = {.text = "approve"}};
    static const uint8_t ISSUERS[2][STORE_ISSUER_SIZE] = {{1}, {2}};
    uint64_t size = 0;
    int64_t newest_ms = 0;
    assert_ok(store_log_size(store, &size, &newest_ms));
    return (struct store_recovery){.old_origin = "acme/1",
                                   .size = size,
                                   .origin = "acme/2",
                                   .change = &CHANGE,
                                   .content = span_text("plan"),
                                   .entries = entry,
                                   .entry_count = 1,
                                   .units = units,
                                   .unit_count = count,
                                   .issuers = ISSUERS,
                                   .issuer_count = 2,
                                   .lists_lost = 5,
                                   .now_ms = NOW};
}

static void test_units(void **state)
{
    (void)state;
    uint64_t trace[4];
    size_t traced = 0;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 64);
    buf_append_text(&entry, "{recovered}");
    put_order("WO-2", 1);
    sql("UPDATE work_order SET state = 3 WHERE id = 'WO-2'");
    reserve(1);
    struct store_recovery_unit units[] = {
        unit_of(1, "WO-1"),                     /* reserved in the store */
        unit_of(2, "WO-1"), unit_of(2, "WO-1"), /* twice in the journals */
        unit_of(3, "WO-1"), unit_of(4, "WO-1"), /* one more than there is room for */
        unit_of(5, "WO-2"), unit_of(6, "WO-9"), unit_of(7, "WO-1")};
    enum { COUNT = sizeof(units) / sizeof(units[0]) };
    units[7].verdict = STORE_RECOVERY_LEFT_OUT; /* by who read it */
    static const enum store_recovery_verdict WANTED[COUNT] = {
        STORE_RECOVERY_FITS,     STORE_RECOVERY_FITS,     STORE_RECOVERY_KNOWN,
        STORE_RECOVERY_FITS,     STORE_RECOVERY_LEFT_OUT, STORE_RECOVERY_LEFT_OUT,
        STORE_RECOVERY_LEFT_OUT, STORE_RECOVERY_LEFT_OUT};
    assert_ok(store_recovery_try(store, units, COUNT, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(units[i].verdict, WANTED[i]);
    }
    assert_int_equal(number("SELECT count(*) FROM unit"), 1); /* it was only tried */
    assert_int_equal(number("SELECT counted FROM work_order WHERE id = 'WO-1'"), 1);

    struct store_recovery recovery = recovery_of(units, COUNT, &entry);
    assert_ok(store_recover(store, &recovery, NULL));
    assert_int_equal(number("SELECT count(*) FROM unit WHERE state = 2"), 3);
    assert_int_equal(number("SELECT counted * 10 + issued FROM work_order WHERE id = 'WO-1'"), 33);
    assert_int_equal(number("SELECT open FROM station_open"), 3);
    assert_int_equal(number("SELECT count(*) FROM secret WHERE device IS NOT NULL"), 0);
    assert_int_equal(number("SELECT count(*) FROM leaf") - (int64_t)recovery.size, 4);
    assert_ok(store_trace_list(store, units[3].unit.record_id, 4, trace, &traced));
    assert_int_equal(traced, 1);
    AUTO(buf_done) struct buf certificate;
    buf_init(&certificate, 64);
    assert_ok(store_unit_certificate(store, units[3].unit.dac_serial, &certificate));
    assert_true(span_equal(buf_span(&certificate), buf_span(&units[3].unit.certificate)));
    units_done(units, COUNT);
}

/* Taken by another: never entered beside it. */
static void test_taken(void **state)
{
    (void)state;
    reserve(1);
    struct store_recovery_unit units[] = {unit_of(2, "WO-1"), unit_of(3, "WO-1"),
                                          unit_of(4, "WO-1"), unit_of(1, "WO-1"),
                                          unit_of(5, "WO-1"), unit_of(6, "WO-1")};
    enum { COUNT = sizeof(units) / sizeof(units[0]) };
    (void)snprintf(units[0].unit.unit_id, sizeof(units[0].unit.unit_id), "unit-1");
    (void)snprintf(units[1].unit.serial_number, sizeof(units[1].unit.serial_number), "SN-1");
    memset(units[2].unit.public_key, 1, sizeof(units[2].unit.public_key));
    buf_append_byte(&units[3].unit.tbs, 0); /* another intent than the one on record */
    memset(units[5].unit.record_id, 5, sizeof(units[5].unit.record_id)); /* of another journal */
    assert_ok(store_recovery_try(store, units, COUNT, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(units[i].verdict, i == 4 ? STORE_RECOVERY_FITS : STORE_RECOVERY_LEFT_OUT);
        assert_true(i == 4 || units[i].why[0] != '\0');
    }
    memset(units[4].unit.record_id, 1, sizeof(units[4].unit.record_id)); /* of one in the store */
    assert_ok(store_recovery_try(store, &units[4], 1, NULL));
    assert_int_equal(units[4].verdict, STORE_RECOVERY_LEFT_OUT);
    assert_int_equal(number("SELECT count(*) FROM trace"), 1);
    units_done(units, COUNT);
}

static void test_store(void **state)
{
    (void)state;
    char origin[STORE_ORIGIN_MAX];
    uint64_t size = 0;
    struct problem problem = {0};
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 64);
    buf_append_text(&entry, "{recovered}");
    sql("INSERT INTO crl VALUES "
        "(x'0100000000000000000000000000000000000000000000000000000000000000',"
        "7, 100, 200, 3, x'01', NULL)"); /* reserved, not signed */
    sql("INSERT INTO checkpoint VALUES (1, x'00')");
    sql("INSERT INTO counter VALUES (1, 'used', 7)");
    const struct store_recovery_counter counters[] = {{1, "used"}, {1, "not yet"}};
    struct store_recovery recovery = recovery_of(NULL, 0, &entry);
    recovery.counters = counters;
    recovery.counter_count = 2;
    recovery.numbers_lost = 100;
    recovery.size++;
    assert_int_equal(store_recover(store, &recovery, &problem), STATUS_ABORTED);
    assert_string_equal(problem.reason, "RECOVERY_MOVED");
    recovery.size--;
    recovery.old_origin = "acme/2";
    assert_int_equal(store_recover(store, &recovery, &problem), STATUS_ABORTED);
    recovery.old_origin = "acme/1";
    assert_int_equal(number("SELECT count(*) FROM checkpoint"), 1);
    assert_ok(store_recover(store, &recovery, NULL));
    assert_ok(store_origin(store, "acme", origin, sizeof(origin), NULL));
    assert_string_equal(origin, "acme/2");
    assert_int_equal(store_origin(store, "acm", origin, sizeof(origin), NULL), STATUS_REFUSED);
    assert_int_equal(number("SELECT count(*) FROM work_order WHERE state = 2"), 1);
    assert_int_equal(number("SELECT count(*) FROM change WHERE state = 4"), 1);
    assert_ok(store_log_checkpoint(store, &size, NULL, NULL));
    assert_int_equal(size, 0);

    assert_int_equal(number("SELECT taken FROM counter WHERE pattern = 'used'"), 107);
    assert_int_equal(number("SELECT taken FROM counter WHERE pattern = 'not yet'"), 100);

    /* the next list has number 13 (6 for the other issuer), and is due whatever the clock says */
    assert_int_equal(number("SELECT max(number) FROM crl WHERE hex(issuer) LIKE '01%'"), 12);
    assert_int_equal(number("SELECT count(*) FROM crl WHERE hex(issuer) LIKE '01%'"), 1);
    assert_int_equal(number("SELECT max(number) FROM crl WHERE hex(issuer) LIKE '02%'"), 5);
    assert_int_equal(number("SELECT max(next_update) FROM crl"), 0);
    assert_int_equal(number("SELECT count(*) FROM crl WHERE signature IS NULL"), 0);
}

/* Values that a lost unit may have are given to no other. */
static void test_rows(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 64);
    buf_append_text(&entry, "{recovered}");
    put_order("WO-2", 3);
    sql("INSERT INTO seal_day VALUES ('2026-11-21', 4), ('2026-11-22', 3)");
    sql("UPDATE work_order SET data_rows = 4, data_used = 1, data_left = 3 WHERE id = 'WO-1';"
        "UPDATE work_order SET data_rows = 3, data_left = 3 WHERE id = 'WO-2'");
    sql("INSERT INTO order_row (id, work_order, upload, number, change_id, unit_id, hardware_id, "
        "serial_number, vendor_id, sha256, seal_day, bytes, staged_ms, taken_by) VALUES "
        "(1, 'WO-1', x'01', 0, x'01', '', '', '', 1, x'00', '2026-11-21', 1, 0, 7), "
        "(2, 'WO-1', x'01', 1, x'01', '', '', '', 1, x'00', '2026-11-21', 1, 0, NULL), "
        "(3, 'WO-1', x'01', 2, x'01', '', '', '', 1, x'00', '2026-11-22', 1, 0, NULL), "
        "(4, 'WO-1', x'01', 3, x'01', '', '', '', 1, x'00', '2026-11-22', 1, 0, NULL), "
        "(5, 'WO-2', x'02', 0, x'01', 'unit-9', '', '', 1, x'00', '2026-11-21', 1, 0, NULL), "
        "(6, 'WO-2', x'02', 1, x'01', '', '', '', 1, x'00', '2026-11-21', 1, 0, NULL), "
        "(7, 'WO-2', x'02', 2, NULL, '', '', '', 1, x'00', '2026-11-22', 1, 0, NULL)");
    sql("INSERT INTO order_sealed SELECT id, x'00' FROM order_row WHERE taken_by IS NULL");
    struct store_recovery recovery = recovery_of(NULL, 0, &entry);
    recovery.numbers_lost = 2;
    assert_ok(store_recover(store, &recovery, NULL));
    assert_int_equal(number("SELECT sum(id) FROM order_row WHERE taken_by = 0"), 2 + 3 + 6);
    assert_int_equal(number("SELECT sum(row) FROM order_sealed"), 4 + 5 + 7);
    assert_int_equal(number("SELECT data_used * 10 + data_left FROM work_order WHERE id = 'WO-1'"),
                     31);
    assert_int_equal(number("SELECT data_used * 10 + data_left FROM work_order WHERE id = 'WO-2'"),
                     12);
    assert_int_equal(number("SELECT secrets FROM seal_day WHERE day = '2026-11-21'"), 2);
    assert_int_equal(number("SELECT secrets FROM seal_day WHERE day = '2026-11-22'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_units, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

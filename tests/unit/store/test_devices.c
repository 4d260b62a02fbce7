/* Lists of devices in a store that has more than one call looks at. */
#include "tests/support/test.h"

#include "server/store/device.h"
#include "server/store/sqlite.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/mintmark-devices-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_ok(store_create(folder, &(const struct store_genesis){.origin = "acme/1"}, NULL));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* Devices 1 to `count`: every one flashed, but the last, which is reserved. */
static void fill(struct store *store, int count)
{
    char sql[1024];
    (void)snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO unit (id, record_id, work_order, unit_id, chain_sha256, hardware_id,"
        " key_source, state, station, line, product, product_revision, image_revision, vendor_id,"
        " serial_number, dac_serial, public_key, seal_day, tbs, created_ms) "
        "SELECT i, randomblob(16), 'WO-1', 'unit-' || i, x'00', '', 1, CASE i WHEN %d THEN 1 ELSE "
        "3 END, 's', 'l',"
        " 'lamp', 1, 1, 1, '', randomblob(16), randomblob(65), '2026-11-22', x'00', 1 FROM n",
        count, count);
    char *error = NULL;
    if (sqlite3_exec(store->database, sql, NULL, NULL, &error) != SQLITE_OK) {
        fail_msg("%s", error);
    }
}

struct seen {
    unsigned count;
    int64_t last;
};

static status_t see(void *context, const struct store_device *device)
{
    struct seen *seen = context;
    seen->count++;
    assert_true(device->row > seen->last);
    seen->last = device->row;
    return STATUS_OK;
}

/* Walks a list to its end; returns in how many calls. */
static unsigned walk(struct store *store, struct store_device_choice choice, struct seen *ret_seen)
{
    unsigned calls = 0;
    *ret_seen = (struct seen){0};
    do {
        unsigned before = ret_seen->count;
        assert_ok(store_device_list(store, &choice, see, ret_seen, &choice.after));
        assert_true(ret_seen->count - before <= choice.count);
        calls++;
    } while (choice.after != 0);
    return calls;
}

static void test_long_lists_come_in_bounded_calls(void **state)
{
    (void)state;
    enum { COUNT = 2 * STORE_DEVICES_LOOKED_AT + 10 };
    struct store *store = NULL;
    struct seen seen;
    assert_ok(store_open(folder, &store, NULL));
    assert_int_equal(walk(store, (struct store_device_choice){"", 0, 0, 100}, &seen), 1);
    assert_int_equal(seen.count, 0);
    fill(store, COUNT);
    (void)walk(store, (struct store_device_choice){"", 0, 0, 500}, &seen);
    assert_int_equal(seen.count, COUNT);
    /* the one at the end: looked for in three calls, each of a bounded number of rows */
    assert_int_equal(
        walk(store, (struct store_device_choice){"", STORE_UNIT_RESERVED, 0, 100}, &seen), 3);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last, COUNT);
    assert_int_equal(
        walk(store, (struct store_device_choice){"WO-1", STORE_UNIT_VOID, 0, 100}, &seen), 3);
    assert_int_equal(seen.count, 0);
    (void)walk(store, (struct store_device_choice){"WO-2", 0, 0, 100}, &seen);
    assert_int_equal(seen.count, 0);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_long_lists_come_in_bounded_calls, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The store on a real file: revisions, uniques, and what happens when the disk or the file is bad.
 */
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/store.h"

static char folder[64];
static char database[96];

static const struct store_genesis GENESIS = {.origin = "acme/1"};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/mintmark-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(database, sizeof(database), "%s/mintmark.db", folder);
    assert_ok(store_create(folder, &GENESIS, NULL));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    assert_ok(store_open(folder, &store, NULL));
    return store;
}

static void sql(const char *statement)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "sqlite3 %s \"%s\"", database, statement);
    assert_int_equal(system(command), 0);
}

static void test_files_are_private(void **state)
{
    (void)state;
    struct stat info;
    store_close(open_store());
    assert_int_equal(stat(database, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_products_have_revisions(void **state)
{
    (void)state;
    struct store *store = open_store();
    uint32_t revision = 0;
    bool made = false;
    struct buf content;
    struct problem problem = {0};
    buf_init(&content, 64);
    assert_int_equal(store_product_newest(store, "lamp", &revision), STATUS_NOT_FOUND);
    assert_ok(store_product_put(store, "lamp", span_text("one"), span_text("{}"), 1000, &revision,
                                &made, NULL));
    assert_true(made);
    assert_ok(store_product_put(store, "lamp", span_text("one"), span_text("{}"), 1000, &revision,
                                &made, NULL));
    assert_false(made);
    assert_ok(store_product_put(store, "lamp", span_text("two"), span_text("{}"), 1000, &revision,
                                &made, NULL));
    assert_int_equal(revision, 2);
    assert_ok(store_product_get(store, "lamp", 1, &content, NULL));
    assert_span_equal(buf_span(&content), span_text("one"));
    buf_clear(&content);
    sql("update product set content = cast('two!' as blob) where revision = 2");
    assert_int_equal(store_product_get(store, "lamp", 2, &content, &problem), STATUS_DATA_LOSS);
    assert_string_equal(problem.reason, "PRODUCT_CORRUPTED");
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(store, &size, &newest));
    assert_int_equal(size, 3); /* genesis, two; the unchanged put left no entry */
    buf_done(&content);
    store_close(store);
}

static struct store_order lamp_order(void)
{
    return (struct store_order){.id = "WO-1",
                                .product = "lamp",
                                .product_revision = 1,
                                .state = STORE_ORDER_OPEN,
                                .quantity = 5,
                                .identities_limit = 5,
                                .created_ms = 1000};
}

static void test_an_order_is_what_it_was(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_order order = lamp_order();
    struct problem problem = {0};
    bool made = false;
    assert_ok(store_order_put(store, &order, span_text("{}"), &made, NULL));
    assert_true(made);
    assert_ok(store_order_put(store, &order, span_text("{}"), &made, NULL));
    assert_false(made);
    order.quantity = order.identities_limit = 6;
    assert_int_equal(store_order_put(store, &order, span_text("{}"), &made, &problem),
                     STATUS_EXISTS);
    assert_string_equal(problem.reason, "ORDER_EXISTS");
    store_close(store);
}

static void test_store_of_another_site_or_version(void **state)
{
    (void)state;
    char origin[80];
    struct problem problem = {0};
    struct store *store = open_store();
    assert_ok(store_origin(store, "acme", origin, sizeof(origin), NULL));
    assert_string_equal(origin, "acme/1");
    assert_int_equal(store_origin(store, "other", origin, sizeof(origin), &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "STORE_SITE");
    store_close(store);
    sql("update meta set value = '99' where key = 'schema_version'");
    assert_int_equal(store_open(folder, &store, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "STORE_VERSION");
}

static void test_made_once(void **state)
{
    (void)state;
    struct store *store = NULL;
    struct problem problem = {0};
    assert_int_equal(store_create(folder, &GENESIS, &problem), STATUS_EXISTS);
    assert_string_equal(problem.reason, "STORE_EXISTS");
    assert_int_equal(unlink(database), 0);
    assert_int_equal(store_open(folder, &store, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "STORE_MISSING");
    /* a file without a schema is what a making that was cut off leaves: begun again */
    assert_int_equal(close(open(database, O_WRONLY | O_CREAT, 0600)), 0);
    assert_int_equal(store_open(folder, &store, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "STORE_MISSING");
    assert_ok(store_create(folder, &GENESIS, &problem));
    store_close(open_store());
}

static void test_identities(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_identity identity = {.id = "spiffe://acme/station/s1",
                                      .role = 1,
                                      .line = "l1",
                                      .spki = {1, 2, 3},
                                      .spki_size = 3,
                                      .enrolled_ms = 5};
    struct store_identity found;
    assert_int_equal(store_identity_get(store, span_text(identity.id), &found), STATUS_NOT_FOUND);
    assert_ok(store_identity_put(store, &identity, span_text("{}"), NULL));
    assert_ok(store_identity_get(store, span_text(identity.id), &found));
    assert_memory_equal(&found, &identity, sizeof(found));
    assert_int_equal(store_identity_get(store, span_text("spiffe://acme/station/s"), &found),
                     STATUS_NOT_FOUND);
    identity.blocked = true;
    assert_ok(store_identity_put(store, &identity, span_text("{}"), NULL));
    assert_ok(store_identity_get(store, span_text(identity.id), &found));
    assert_true(found.blocked);
    store_close(store);
}

static void test_not_a_database(void **state)
{
    (void)state;
    struct store *store = NULL;
    struct problem problem = {0};
    int descriptor = open(database, O_WRONLY | O_TRUNC, 0600);
    char junk[8192];
    memset(junk, 'x', sizeof(junk));
    assert_int_equal(write(descriptor, junk, sizeof(junk)), sizeof(junk));
    (void)close(descriptor);
    assert_int_equal(store_open(folder, &store, &problem), STATUS_DATA_LOSS);
}

static struct store_unit new_unit(unsigned number)
{
    struct store_unit unit = {.order = "WO-1",
                              .key_source = STORE_KEY_IMAGE,
                              .state = STORE_UNIT_RESERVED,
                              .station = "s",
                              .product = "lamp",
                              .product_revision = 1,
                              .image_revision = 1,
                              .vendor_id = 0xFFF1,
                              .seal_day = "2026-11-22"};
    (void)snprintf(unit.unit_id, sizeof(unit.unit_id), "u%u", number);
    (void)snprintf(unit.serial_number, sizeof(unit.serial_number), "SN%u", number);
    memcpy(unit.record_id, &number, sizeof(number));
    memcpy(unit.dac_serial, &number, sizeof(number));
    memcpy(unit.public_key, &number, sizeof(number));
    buf_init(&unit.tbs, STORE_BLOB_MAX);
    buf_init(&unit.sealed[STORE_PART_DEVICE], STORE_BLOB_MAX);
    buf_init(&unit.sealed[STORE_PART_CODES], STORE_BLOB_MAX);
    buf_append_fill(&unit.tbs, 1, 30000);
    buf_append_text(&unit.sealed[STORE_PART_DEVICE], "sealed");
    buf_append_text(&unit.sealed[STORE_PART_CODES], "sealed too");
    return unit;
}

static status_t reserve(struct store *store, unsigned number, struct problem *problem)
{
    struct store_unit unit = new_unit(number);
    status_t status = store_unit_reserve(store, &unit, 1000, span_text("{}"), 2000, problem);
    store_unit_done(&unit);
    return status;
}

static uint32_t counted(struct store *store)
{
    struct store_order order;
    assert_ok(store_order_get(store, "WO-1", &order));
    return order.counted;
}

static void test_uniques_and_paused_order(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_order order = lamp_order();
    struct problem problem = {0};
    bool made = false;
    assert_ok(store_order_put(store, &order, span_text("{}"), &made, NULL));
    assert_ok(reserve(store, 1, &problem));
    assert_int_equal(reserve(store, 1, &problem), STATUS_ABORTED);
    assert_int_equal(counted(store), 1); /* the failed one counted nothing */
    sql("update work_order set state = 2");
    assert_int_equal(reserve(store, 2, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "ORDER_NOT_OPEN");
    store_close(store);
}

/* The disk fills in the middle of a transaction: refused as unavailable, nothing half-done, and it
 * goes on by itself when there is room. */
static void test_full_disk(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_order order = lamp_order();
    struct problem problem = {0};
    struct rlimit before;
    struct stat info;
    bool made = false;
    char wal[128];
    assert_ok(store_order_put(store, &order, span_text("{}"), &made, NULL));
    (void)snprintf(wal, sizeof(wal), "%s-wal", database);
    assert_int_equal(stat(wal, &info), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {(rlim_t)info.st_size + 5000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status_t status = reserve(store, 1, &problem);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, STATUS_UNAVAILABLE);
    assert_int_equal(counted(store), 0);
    assert_ok(reserve(store, 1, &problem));
    assert_int_equal(counted(store), 1);
    store_close(store);
}

int main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_files_are_private),
        STORE_TEST(test_products_have_revisions),
        STORE_TEST(test_an_order_is_what_it_was),
        STORE_TEST(test_store_of_another_site_or_version),
        STORE_TEST(test_made_once),
        STORE_TEST(test_identities),
        STORE_TEST(test_not_a_database),
        STORE_TEST(test_uniques_and_paused_order),
        STORE_TEST(test_full_disk),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

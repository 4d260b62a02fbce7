/* Revoking: which units a selection means, and that no revoked identity is delivered again. */
#include "tests/support/test.h"

#include "lib/matter/crl.h"
#include "server/issue/crl.h"
#include "server/issue/revoke.h"
#include "server/store/sqlite.h"
#include "tests/support/factory.h"

#define MAC "60:55:f9:01:a2:10"
#define OTHER_MAC "60:55:f9:01:a2:20"

enum { MANY = ISSUE_REVOKE_MAX + 1 };

static const uint8_t CHANGE[STORE_DIGEST_SIZE] = {7};

static const struct store_selection EVERYTHING = {
    .unit_id = "", .order = "", .station = "", .until_ms = INT64_MAX};

static void issue_ok(struct factory *factory, const char *mac, struct issue_result *ret_result)
{
    struct problem problem;
    status_t status = factory_issue(factory, factory_request(mac), ret_result, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
}

/* As an approved change does it: everything in one transaction. */
static status_t revoke(struct factory *factory, const struct store_selection *selection,
                       size_t *ret_count, struct problem *problem)
{
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    TRY(issue_revoke_select(&factory->environment, selection, &revocation, problem));
    TRY(sqlite_begin(factory->store, problem));
    status_t status = issue_revoke(&factory->environment, &revocation, PKI_CRL_KEY_COMPROMISE,
                                   factory->environment.now_ms(), CHANGE, problem);
    *ret_count = revocation.count;
    return sqlite_finish(factory->store, status, problem);
}

static void assert_selects(struct factory *factory, const struct store_selection *selection,
                           size_t count)
{
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    assert_ok(issue_revoke_select(&factory->environment, selection, &revocation, NULL));
    assert_int_equal(revocation.count, count);
    for (size_t i = 1; i < count; i++) {
        assert_true(memcmp(revocation.units[i - 1].unit.dac_serial,
                           revocation.units[i].unit.dac_serial, STORE_DAC_SERIAL_SIZE) < 0);
    }
}

static void assert_refused(struct factory *factory, struct issue_request request,
                           const char *reason)
{
    struct issue_result result;
    struct problem problem;
    assert_int_equal(factory_issue(factory, request, &result, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, reason);
}

static void test_selections(void **state)
{
    (void)state;
    struct factory factory;
    AUTO(issue_result_done) struct issue_result first = {0};
    AUTO(issue_result_done) struct issue_result second = {0};
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &first);
    struct issue_request request = factory_request(OTHER_MAC);
    struct problem problem;
    request.identity = "spiffe://test/station/s2";
    assert_ok(factory_issue(&factory, request, &second, &problem));

    struct store_selection selection = EVERYTHING;
    assert_selects(&factory, &selection, 2);
    selection.unit_id = MAC;
    assert_selects(&factory, &selection, 1);
    selection.unit_id = "nobody";
    assert_selects(&factory, &selection, 0);
    selection = EVERYTHING;
    selection.dac_serial = SPAN_OF(second.unit.dac_serial);
    assert_selects(&factory, &selection, 1);
    selection.station = "spiffe://test/station/s1"; /* everything given must hold */
    assert_selects(&factory, &selection, 0);
    selection = EVERYTHING;
    selection.order = "WO-1";
    assert_selects(&factory, &selection, 2);
    selection.station = "spiffe://test/station/s2";
    assert_selects(&factory, &selection, 1);
    selection.order = "WO-2";
    assert_selects(&factory, &selection, 0);
    selection = EVERYTHING;
    selection.station = "spiffe://test/station/s1";
    assert_selects(&factory, &selection, 1);
    selection = EVERYTHING;
    selection.until_ms = first.unit.created_ms;
    assert_selects(&factory, &selection, 0); /* before, not at */
    selection.until_ms = factory.environment.now_ms() + 1;
    assert_selects(&factory, &selection, 2);
    selection.from_ms = selection.until_ms;
    selection.until_ms = INT64_MAX;
    assert_selects(&factory, &selection, 0);
    factory_done(&factory);
}

static void test_revoked_is_not_delivered(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem;
    AUTO(issue_result_done) struct issue_result result = {0};
    size_t count = 0;
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &result);
    struct store_selection selection = EVERYTHING;
    selection.unit_id = MAC;
    assert_ok(revoke(&factory, &selection, &count, &problem));
    assert_int_equal(count, 1);
    assert_refused(&factory, factory_request(MAC), "REVOKED");
    assert_selects(&factory, &EVERYTHING, 0); /* a revocation is final */
    int signatures = factory.signatures;
    AUTO(issue_result_done) struct issue_result other = {0};
    issue_ok(&factory, OTHER_MAC, &other); /* others go on */
    assert_int_equal(factory.signatures, signatures + 1);
    factory_done(&factory);
}

/* A mere intent: reserved, the token down. It is revoked by its serial and never finished. */
static void test_intent(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem;
    struct issue_result result;
    AUTO(store_unit_done) struct store_unit unit = {0};
    size_t count = 0;
    factory_init(&factory, 10);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    assert_ok(store_unit_find(factory.store, MAC, &unit));
    assert_int_equal(unit.state, STORE_UNIT_RESERVED);
    struct store_selection selection = EVERYTHING;
    selection.dac_serial = SPAN_OF(unit.dac_serial);
    assert_ok(revoke(&factory, &selection, &count, &problem));
    assert_int_equal(count, 1);
    assert_refused(&factory, factory_request(MAC), "REVOKED");
    assert_int_equal(factory.signatures, 0);
    factory_done(&factory);
}

static struct factory *revoking; /* by the signer below */

/* Somebody revokes while the signature is made: its result must not be recorded or delivered. */
static status_t sign_and_revoke(void *token, const char *pai, struct span tbs,
                                struct buf *ret_signature, struct problem *problem)
{
    struct factory *factory = token;
    struct signer signer = pki_plain_key_signer(factory->pai_key);
    size_t count = 0;
    (void)pai;
    assert_ok(revoke(revoking, &EVERYTHING, &count, problem));
    assert_int_equal(count, 1);
    return signer.sign(signer.context, tbs, ret_signature, problem);
}

static void test_revoked_under_way(void **state)
{
    (void)state;
    struct factory factory;
    AUTO(store_unit_done) struct store_unit unit = {0};
    factory_init(&factory, 10);
    revoking = &factory;
    factory.environment.sign_dac = sign_and_revoke;
    assert_refused(&factory, factory_request(MAC), "REVOKED");
    assert_ok(store_unit_find(factory.store, MAC, &unit));
    assert_int_equal(unit.state, STORE_UNIT_RESERVED); /* never recorded */
    factory_done(&factory);
}

static void test_other_pai(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem;
    AUTO(issue_result_done) struct issue_result result = {0};
    size_t count = 0;
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &result);
    factory.environment.pai_count = 0;
    assert_int_equal(revoke(&factory, &EVERYTHING, &count, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "PAI_UNKNOWN");
    factory_done(&factory);
}

/* The set is named exactly: one more unit is another set. */
static void test_named_exactly(void **state)
{
    (void)state;
    struct factory factory;
    AUTO(issue_result_done) struct issue_result first = {0};
    AUTO(issue_result_done) struct issue_result second = {0};
    AUTO(issue_revocation_done) struct issue_revocation before = {0};
    AUTO(issue_revocation_done) struct issue_revocation same = {0};
    AUTO(issue_revocation_done) struct issue_revocation after = {0};
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &first);
    assert_ok(issue_revoke_select(&factory.environment, &EVERYTHING, &before, NULL));
    assert_ok(issue_revoke_select(&factory.environment, &EVERYTHING, &same, NULL));
    issue_ok(&factory, OTHER_MAC, &second);
    assert_ok(issue_revoke_select(&factory.environment, &EVERYTHING, &after, NULL));
    assert_memory_equal(before.sha256, same.sha256, sizeof(before.sha256));
    assert_memory_not_equal(before.sha256, after.sha256, sizeof(before.sha256));
    factory_done(&factory);
}

static void test_too_many(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    AUTO(issue_result_done) struct issue_result result = {0};
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    char *statement = NULL;
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &result);
    /* rows as alike as the uniques allow */
    assert_true(asprintf(&statement,
                         "INSERT INTO unit (record_id, work_order, unit_id, chain_sha256, "
                         "hardware_id, key_source, state, live, station, line, product, "
                         "product_revision, image_revision, vendor_id, serial_number, dac_serial, "
                         "public_key, seal_day, tbs, created_ms) SELECT record_id, work_order, "
                         "unit_id, chain_sha256, hardware_id, key_source, state, 0, station, line, "
                         "product, product_revision, image_revision, vendor_id, '', "
                         "randomblob(16), randomblob(65), seal_day, tbs, created_ms FROM unit, "
                         "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                         "i < %d) SELECT i FROM n)",
                         MANY - 1) > 0);
    assert_int_equal(sqlite3_exec(factory.store->database, statement, NULL, NULL, NULL), SQLITE_OK);
    free(statement);
    assert_int_equal(issue_revoke_select(&factory.environment, &EVERYTHING, &revocation, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "REVOKE_TOO_MANY");
    struct store_selection selection = EVERYTHING;
    selection.dac_serial = SPAN_OF(result.unit.dac_serial);
    assert_selects(&factory, &selection, 1); /* the whole is never read */
    factory_done(&factory);
}

/* As far as a list can hold, and no further: found at the desk. */
static void test_list_full(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    AUTO(issue_result_done) struct issue_result result = {0};
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    uint8_t issuer[STORE_ISSUER_SIZE];
    sqlite3_stmt *s = NULL;
    factory_init(&factory, 10);
    issue_ok(&factory, MAC, &result);
    issue_crl_issuer(&factory.unit_pai, issuer);
    assert_int_equal(
        sqlite3_prepare_v2(factory.store->database,
                           "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                           "i < ?2) INSERT INTO revocation SELECT ?1, randomblob(16), 1, 0, x'' "
                           "FROM n",
                           -1, &s, NULL),
        SQLITE_OK);
    sqlite_bind_span(s, 1, SPAN_OF(issuer));
    (void)sqlite3_bind_int64(s, 2, MATTER_CRL_ENTRIES_MAX);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    (void)sqlite3_finalize(s);
    assert_int_equal(issue_revoke_select(&factory.environment, &EVERYTHING, &revocation, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "CRL_FULL");
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selections), cmocka_unit_test(test_revoked_is_not_delivered),
        cmocka_unit_test(test_intent),     cmocka_unit_test(test_revoked_under_way),
        cmocka_unit_test(test_other_pai),  cmocka_unit_test(test_named_exactly),
        cmocka_unit_test(test_too_many),   cmocka_unit_test(test_list_full),
    };
    return cmocka_run_group_tests_name("revoke", tests, NULL, NULL);
}

/* A PAI's list in the service: numbers without gaps, never back, the same bytes until there is a
 * reason for others, and a call that died is finished by the next one. */
#include "tests/support/test.h"

#include "lib/matter/crl.h"
#include "server/issue/crl.h"
#include "server/issue/revoke.h"
#include "server/store/sqlite.h"
#include "tests/support/factory.h"

enum { DAY_MS = 86400 * 1000, UNITS = 3 };

static void setup(struct factory *factory)
{
    factory_clock_offset_ms = 0;
    factory_init(factory, 10);
}

/* The list as everybody else reads it: signature, lint. */
static struct buf get(struct factory *factory, struct pki_crl *ret_crl)
{
    struct buf der;
    struct problem problem = {0};
    buf_init(&der, PKI_CRL_MAX);
    status_t status = issue_crl(&factory->environment, &factory->unit_pai, &der, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
    assert_ok(pki_crl_parse(buf_span(&der), ret_crl, NULL));
    assert_ok(matter_crl_lint(ret_crl, &factory->unit_pai.certificate, NULL));
    assert_ok(pki_crl_verify(ret_crl, factory->unit_pai.certificate.public_key, NULL));
    factory->last_crl = matter_crl_number(ret_crl);
    return der;
}

static void assert_number(struct factory *factory, uint32_t number, size_t entries)
{
    struct pki_crl crl;
    struct buf der = get(factory, &crl);
    assert_int_equal(matter_crl_number(&crl), number);
    assert_int_equal(crl.entry_count, entries);
    buf_done(&der);
}

static void issue_one(struct factory *factory, unsigned number, struct issue_result *ret_result)
{
    char mac[24];
    struct problem problem;
    (void)snprintf(mac, sizeof(mac), "60:55:f9:01:b0:%02x", number & 255);
    assert_ok(factory_issue(factory, factory_request(mac), ret_result, &problem));
}

static void revoke(struct factory *factory, const struct store_selection *selection)
{
    static const uint8_t change[STORE_DIGEST_SIZE] = {7};
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    assert_ok(issue_revoke_select(&factory->environment, selection, &revocation, NULL));
    assert_ok(sqlite_begin(factory->store, NULL));
    assert_ok(sqlite_finish(factory->store,
                            issue_revoke(&factory->environment, &revocation,
                                         PKI_CRL_CESSATION_OF_OPERATION,
                                         factory->environment.now_ms(), change, NULL),
                            NULL));
}

static void revoke_all(struct factory *factory)
{
    const struct store_selection selection = {
        .unit_id = "", .order = "WO-1", .station = "", .until_ms = INT64_MAX};
    revoke(factory, &selection);
}

static void test_first_and_next(void **state)
{
    (void)state;
    struct factory factory;
    struct pki_crl first;
    struct pki_crl again;
    setup(&factory);
    struct buf one = get(&factory, &first);
    struct buf two = get(&factory, &again);
    assert_int_equal(matter_crl_number(&first), 1);
    assert_int_equal(first.entry_count, 0);
    assert_span_equal(buf_span(&one), buf_span(&two)); /* no reason for another */
    assert_int_equal(factory.signed_crl, 1);
    buf_done(&one);
    buf_done(&two);
    for (unsigned i = 0; i < UNITS; i++) {
        AUTO(issue_result_done) struct issue_result result = {0};
        issue_one(&factory, i, &result);
    }
    assert_number(&factory, 1, 0);
    revoke_all(&factory);
    assert_number(&factory, 2, UNITS);
    assert_number(&factory, 2, UNITS);
    factory_done(&factory);
}

/* The entry is the unit's: serial, reason, and nothing later than the list. */
static void test_entry(void **state)
{
    (void)state;
    struct factory factory;
    struct pki_crl crl;
    struct pki_crl_entry entry;
    AUTO(issue_result_done) struct issue_result result = {0};
    setup(&factory);
    issue_one(&factory, 0, &result);
    revoke_all(&factory);
    AUTO(buf_done) struct buf der = get(&factory, &crl);
    assert_ok(pki_crl_next(&crl.entries, &entry));
    assert_span_equal(entry.serial, SPAN_OF(result.unit.dac_serial));
    assert_int_equal(entry.reason, PKI_CRL_CESSATION_OF_OPERATION);
    assert_in_range(entry.time, crl.this_update - 10, crl.this_update);
    assert_int_equal(crl.next_update - crl.this_update, ISSUE_CRL_PERIOD_S);
    factory_done(&factory);
}

static void test_renewed_in_time(void **state)
{
    (void)state;
    struct factory factory;
    bool more = false;
    setup(&factory);
    assert_ok(issue_crl_upkeep(&factory.environment, &more, NULL));
    assert_int_equal(factory.signed_crl, 0); /* nobody asked for a list yet */
    assert_number(&factory, 1, 0);
    assert_ok(issue_crl_upkeep(&factory.environment, &more, NULL));
    assert_int_equal(factory.signed_crl, 1);
    factory_clock_offset_ms = (ISSUE_CRL_PERIOD_S - ISSUE_CRL_RENEW_S + 60) * INT64_C(1000);
    factory.environment.clock_offset_ms += factory_clock_offset_ms; /* time passed, no jump */
    assert_ok(issue_crl_upkeep(&factory.environment, &more, NULL));
    assert_int_equal(factory.signed_crl, 2);
    factory.last_crl = 1;
    assert_number(&factory, 2, 0);
    factory_clock_offset_ms = 0;
    factory_done(&factory);
}

/* Revocations alone are reason enough for a list: upkeep makes it. */
static void test_upkeep_after_revocation(void **state)
{
    (void)state;
    struct factory factory;
    bool more = false;
    AUTO(issue_result_done) struct issue_result result = {0};
    setup(&factory);
    issue_one(&factory, 0, &result);
    revoke_all(&factory);
    assert_ok(issue_crl_upkeep(&factory.environment, &more, NULL));
    assert_int_equal(factory.signed_crl, 1);
    factory.last_crl = 0;
    assert_number(&factory, 1, 1);
    factory_done(&factory);
}

/* Died after the intent: the next call signs the very same bytes. */
static void test_finished_by_the_next(void **state)
{
    (void)state;
    struct factory factory;
    struct pki_crl crl;
    struct problem problem = {0};
    AUTO(buf_done) struct buf none;
    AUTO(store_crl_done) struct store_crl pending = {0};
    uint8_t issuer[STORE_ISSUER_SIZE];
    setup(&factory);
    buf_init(&none, PKI_CRL_MAX);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(issue_crl(&factory.environment, &factory.unit_pai, &none, &problem),
                     STATUS_UNAVAILABLE);
    assert_int_equal(none.size, 0);
    issue_crl_issuer(&factory.unit_pai, issuer);
    assert_ok(store_crl_newest(factory.store, issuer, &pending));
    assert_int_equal(pending.signature.size, 0);
    factory.sign_status = STATUS_OK;
    factory_clock_offset_ms = 5000; /* it would say another time now */
    AUTO(buf_done) struct buf der = get(&factory, &crl);
    assert_int_equal(matter_crl_number(&crl), 1);
    assert_span_equal(crl.tbs, buf_span(&pending.tbs));
    factory_clock_offset_ms = 0;
    factory_done(&factory);
}

/* Reserved, then something is revoked: the old intent is finished first, the next list has it. */
static void test_revoked_between(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    AUTO(issue_result_done) struct issue_result result = {0};
    AUTO(buf_done) struct buf none;
    setup(&factory);
    buf_init(&none, PKI_CRL_MAX);
    issue_one(&factory, 0, &result);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(issue_crl(&factory.environment, &factory.unit_pai, &none, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    revoke_all(&factory);
    struct pki_crl crl;
    buf_init(&none, PKI_CRL_MAX);
    /* signs 1 (last 0) and 2 (last 1): the plain signer only counts */
    factory.last_crl = UINT32_MAX;
    AUTO(buf_done) struct buf der = {0};
    der = get(&factory, &crl);
    assert_int_equal(matter_crl_number(&crl), 2);
    assert_int_equal(crl.entry_count, 1);
    factory_done(&factory);
}

static struct factory *racing;

/* Another call gets its signature in first: that one counts, and this call answers with it. */
static status_t sign_second(void *token, const char *pai, uint32_t last, struct span tbs,
                            struct buf *ret_signature, struct problem *problem)
{
    struct factory *factory = token;
    struct signer signer = pki_plain_key_signer(factory->pai_key);
    (void)pai;
    if (racing != NULL) {
        struct factory *other = racing;
        AUTO(buf_done) struct buf der;
        buf_init(&der, PKI_CRL_MAX);
        racing = NULL;
        assert_ok(issue_crl(&other->environment, &other->unit_pai, &der, problem));
    }
    assert_int_equal(last, 0);
    factory->signed_crl++;
    return signer.sign(signer.context, tbs, ret_signature, problem);
}

static void test_race(void **state)
{
    (void)state;
    struct factory factory;
    struct pki_crl crl;
    AUTO(store_crl_done) struct store_crl stored = {0};
    uint8_t issuer[STORE_ISSUER_SIZE];
    setup(&factory);
    racing = &factory;
    factory.environment.sign_crl = sign_second;
    AUTO(buf_done) struct buf der = get(&factory, &crl);
    assert_int_equal(factory.signed_crl, 2);
    issue_crl_issuer(&factory.unit_pai, issuer);
    assert_ok(store_crl_newest(factory.store, issuer, &stored));
    assert_span_equal(crl.signature, buf_span(&stored.signature));
    factory_done(&factory);
}

static status_t sign_none_broken(void *token, const char *pai, uint32_t last, struct span tbs,
                                 struct buf *ret_signature, struct problem *problem)
{
    if (strcmp(pai, "broken") == 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "TOKEN", "", "its key is gone");
    }
    return sign_second(token, pai, last, tbs, ret_signature, problem);
}

/* A PAI whose key does not sign any more lets no other's list run out. */
static void test_one_pai_broken(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    bool more = false;
    uint8_t issuer[STORE_ISSUER_SIZE];
    AUTO(issue_result_done) struct issue_result result = {0};
    AUTO(store_crl_done) struct store_crl stored = {0};
    setup(&factory);
    issue_one(&factory, 0, &result);
    revoke_all(&factory);
    struct unit_pai pais[] = {factory.unit_pai, factory.unit_pai};
    pais[0].name = "broken"; /* two names of one issuer: the first finds its list due */
    factory.environment.pais = pais;
    factory.environment.pai_count = 2;
    factory.environment.sign_crl = sign_none_broken;
    assert_int_equal(issue_crl_upkeep(&factory.environment, &more, &problem), STATUS_UNAVAILABLE);
    assert_int_equal(factory.signed_crl, 1);
    issue_crl_issuer(&factory.unit_pai, issuer);
    assert_ok(store_crl_newest(factory.store, issuer, &stored));
    assert_true(stored.signature.size > 0);
    factory_done(&factory);
}

static void test_clock(void **state)
{
    (void)state;
    struct factory factory;
    struct problem problem = {0};
    AUTO(buf_done) struct buf none;
    AUTO(issue_result_done) struct issue_result result = {0};
    setup(&factory);
    buf_init(&none, PKI_CRL_MAX);
    issue_one(&factory, 0, &result);
    factory_clock_offset_ms = -60 * 1000; /* before the newest leaf */
    assert_int_equal(issue_crl(&factory.environment, &factory.unit_pai, &none, &problem),
                     STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "CLOCK");
    factory_clock_offset_ms = 2 * DAY_MS;
    assert_int_equal(issue_crl(&factory.environment, &factory.unit_pai, &none, &problem),
                     STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "CLOCK_JUMP");
    factory_clock_offset_ms = 0;
    assert_number(&factory, 1, 0);
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_and_next),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_renewed_in_time),
        cmocka_unit_test(test_upkeep_after_revocation),
        cmocka_unit_test(test_finished_by_the_next),
        cmocka_unit_test(test_revoked_between),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_one_pai_broken),
        cmocka_unit_test(test_clock),
    };
    return cmocka_run_group_tests_name("crl of the service", tests, NULL, NULL);
}

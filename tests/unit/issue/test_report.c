/* Reports about units: every transition and refusal, and the sums of the order after each. */
#include "tests/support/test.h"

#include "lib/base/digest.h"
#include "server/issue/report.h"
#include "tests/support/factory.h"

static const char MAC[] = "60:55:f9:01:a2:10";
static const char STATION[] = "spiffe://test/station/s1";
static const char OTHER_STATION[] = "spiffe://test/station/s2";

/* One unit as its station has it. */
struct issued {
    struct factory factory;
    struct issue_result result;
    struct span digests[IMAGE_PARTITIONS_MAX];
};

static void assert_sums(struct factory *factory)
{
    struct store_order order = factory_order(factory);
    assert_true(order.issued + order.voided <= order.counted);
    assert_true(order.flashed + order.scrapped + order.superseded <= order.issued);
}

static void issued_init(struct issued *issued, struct issue_request request)
{
    struct problem problem;
    factory_init(&issued->factory, 5);
    if (request.key_source == STORE_KEY_CSR) {
        issued->factory.product.image.dac_key = IMAGE_DAC_KEY_DEVICE;
    }
    assert_ok(factory_issue(&issued->factory, request, &issued->result, &problem));
    for (size_t i = 0; i < issued->result.set.file_count; i++) {
        issued->digests[i] = SPAN_OF(issued->result.set.files[i].sha256);
    }
}

static void issued_done(struct issued *issued)
{
    assert_sums(&issued->factory);
    issue_result_done(&issued->result);
    factory_done(&issued->factory);
}

static struct issue_report report_of(const struct issued *issued, enum store_outcome outcome)
{
    bool failed = outcome == STORE_OUTCOME_ATTEMPT_FAILED;
    return (struct issue_report){
        .identity = STATION,
        .line = "line1",
        .order = "WO-1",
        .unit_id = issued->result.unit.unit_id,
        .hardware_id = issued->result.unit.hardware_id,
        .record_id = SPAN_OF(issued->result.unit.record_id),
        .outcome = outcome,
        .digests = issued->digests,
        .digest_count = outcome == STORE_OUTCOME_FLASHED ? issued->result.set.file_count : 0,
        .slot = "slot 3",
        .phase = failed ? "verify" : "",
        .code = failed ? "MD5 differs" : "",
        .attempt_id = failed ? "a1" : "",
    };
}

static uint64_t leaves(struct issued *issued)
{
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(issued->factory.store, &size, &newest));
    return size;
}

static void taken(struct issued *issued, struct issue_report report, enum store_unit_state state,
                  bool known)
{
    struct problem problem = {0};
    struct store_reported reported;
    uint64_t before = leaves(issued);
    status_t status = issue_report(&issued->factory.environment, &report, &reported, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
    assert_int_equal(reported.state, state);
    assert_int_equal(reported.known, known);
    assert_true(reported.kept);
    assert_int_equal(leaves(issued), before + (known ? 0 : 1));
    assert_sums(&issued->factory);
}

static void refused(struct issued *issued, struct issue_report report, status_t status,
                    const char *reason)
{
    struct problem problem = {0};
    struct store_reported reported;
    struct store_order before = factory_order(&issued->factory);
    uint64_t size = leaves(issued);
    assert_int_equal(issue_report(&issued->factory.environment, &report, &reported, &problem),
                     status);
    assert_string_equal(problem.reason, reason);
    assert_true(problem.message[0] != '\0');
    struct store_order after = factory_order(&issued->factory);
    assert_memory_equal(&before, &after, sizeof(before));
    assert_int_equal(leaves(issued), size);
}

static void provision_refused(struct issued *issued, const char *reason)
{
    struct issue_result result;
    struct problem problem;
    assert_int_equal(factory_issue(&issued->factory, factory_request(MAC), &result, &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, reason);
}

/* What the device alone needs is gone, what its label needs is not. */
static void assert_device_secrets_erased(struct issued *issued)
{
    struct store_unit unit = {0};
    assert_ok(store_unit_find(issued->factory.store, MAC, &unit));
    assert_int_equal(unit.sealed[STORE_PART_DEVICE].size, 0);
    assert_int_not_equal(unit.sealed[STORE_PART_CODES].size, 0);
    store_unit_done(&unit);
}

static void test_flashed(void **state)
{
    (void)state;
    struct issued issued;
    issued_init(&issued, factory_request(MAC));
    struct issue_report attempt = report_of(&issued, STORE_OUTCOME_ATTEMPT_FAILED);
    taken(&issued, attempt, STORE_UNIT_ISSUED, false);
    taken(&issued, attempt, STORE_UNIT_ISSUED, true);
    attempt.attempt_id = "a2";
    taken(&issued, attempt, STORE_UNIT_ISSUED, false);
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, false);
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, true);
    assert_int_equal(factory_order(&issued.factory).flashed, 1);
    attempt.attempt_id = "a3"; /* late, but it did happen */
    taken(&issued, attempt, STORE_UNIT_FLASHED, false);
    refused(&issued, report_of(&issued, STORE_OUTCOME_SCRAPPED), STATUS_REFUSED, "ALREADY_FLASHED");
    provision_refused(&issued, "ERASED");
    assert_device_secrets_erased(&issued);
    issued_done(&issued);
}

static void test_scrapped(void **state)
{
    (void)state;
    struct issued issued;
    issued_init(&issued, factory_request(MAC));
    taken(&issued, report_of(&issued, STORE_OUTCOME_SCRAPPED), STORE_UNIT_SCRAPPED, false);
    taken(&issued, report_of(&issued, STORE_OUTCOME_SCRAPPED), STORE_UNIT_SCRAPPED, true);
    assert_int_equal(factory_order(&issued.factory).scrapped, 1);
    taken(&issued, report_of(&issued, STORE_OUTCOME_ATTEMPT_FAILED), STORE_UNIT_SCRAPPED, false);
    refused(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STATUS_REFUSED, "ALREADY_SCRAPPED");
    assert_device_secrets_erased(&issued);
    provision_refused(&issued, "SCRAPPED"); /* no second identity without rework */
    issued_done(&issued);
}

/* What was flashed must be what is on record. */
static void test_digests(void **state)
{
    (void)state;
    struct issued issued;
    uint8_t wrong[SHA256_SIZE];
    issued_init(&issued, factory_request(MAC));
    struct issue_report report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.digest_count = 0;
    refused(&issued, report, STATUS_REFUSED, "DIGESTS");
    memcpy(wrong, issued.digests[0].data, sizeof(wrong));
    wrong[31] ^= 1;
    issued.digests[0] = SPAN_OF(wrong);
    report.digest_count = 1;
    refused(&issued, report, STATUS_REFUSED, "DIGESTS");
    wrong[31] ^= 1;
    taken(&issued, report, STORE_UNIT_FLASHED, false);
    wrong[31] ^= 1; /* nor may a repeat say something else */
    refused(&issued, report, STATUS_REFUSED, "DIGESTS");
    issued_done(&issued);
}

static void test_who_may_report(void **state)
{
    (void)state;
    struct issued issued;
    issued_init(&issued, factory_request(MAC));
    struct issue_report report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.unit_id = "60:55:f9:01:a2:14"; /* no such unit: the answer is that of a stranger's */
    refused(&issued, report, STATUS_DENIED, "DEVICE_ELSEWHERE");
    report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.order = "WO-2";
    refused(&issued, report, STATUS_DENIED, "DEVICE_ELSEWHERE");
    report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.identity = OTHER_STATION;
    report.line = "line2";
    refused(&issued, report, STATUS_DENIED, "DEVICE_ELSEWHERE");
    report.line = "";
    refused(&issued, report, STATUS_DENIED, "DEVICE_ELSEWHERE");
    report.line = "line1"; /* the line's verifying station is another one */
    taken(&issued, report, STORE_UNIT_FLASHED, false);
    issued_done(&issued);
}

static void test_stations_without_a_line_share_nothing(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_request request = factory_request(MAC);
    request.line = "";
    issued_init(&issued, request);
    struct issue_report report = report_of(&issued, STORE_OUTCOME_SCRAPPED);
    report.identity = OTHER_STATION;
    report.line = "";
    refused(&issued, report, STATUS_DENIED, "DEVICE_ELSEWHERE");
    issued_done(&issued);
}

static void test_another_record_or_chip(void **state)
{
    (void)state;
    struct issued issued;
    static const uint8_t OTHER_RECORD[STORE_RECORD_ID_SIZE] = {1};
    issued_init(&issued, factory_request(MAC));
    struct issue_report report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.record_id = SPAN_OF(OTHER_RECORD);
    refused(&issued, report, STATUS_REFUSED, "RECORD_CHANGED");
    report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.hardware_id = "60:55:f9:01:a2:14";
    refused(&issued, report, STATUS_EXISTS, "HARDWARE_ID_CHANGED");
    issued_done(&issued);
}

/* A unit named without its chip is bound by the report that shows it. */
static void test_hardware_id_arrives_with_the_report(void **state)
{
    (void)state;
    struct issued issued;
    struct store_unit unit = {0};
    struct problem problem = {0};
    struct store_reported reported;
    struct issue_request request = factory_request("");
    request.unit_id = "SN1";
    issued_init(&issued, request);
    struct issue_report report = report_of(&issued, STORE_OUTCOME_FLASHED);
    report.hardware_id = MAC;
    assert_ok(issue_report(&issued.factory.environment, &report, &reported, &problem));
    assert_ok(store_unit_find(issued.factory.store, "SN1", &unit));
    assert_string_equal(unit.hardware_id, MAC);
    store_unit_done(&unit);
    taken(&issued, report, STORE_UNIT_FLASHED, true);
    issued_done(&issued);
}

static void test_never_for_a_reservation(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_result result;
    struct problem problem;
    static const enum store_outcome OUTCOMES[] = {
        STORE_OUTCOME_FLASHED, STORE_OUTCOME_ATTEMPT_FAILED, STORE_OUTCOME_SCRAPPED};
    issued_init(&issued, factory_request(MAC));
    issued.factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(
        factory_issue(&issued.factory, factory_request("60:55:f9:01:a2:14"), &result, &problem),
        STATUS_UNAVAILABLE);
    struct store_unit reserved = {0};
    assert_ok(store_unit_find(issued.factory.store, "60:55:f9:01:a2:14", &reserved));
    for (size_t i = 0; i < sizeof(OUTCOMES) / sizeof(OUTCOMES[0]); i++) {
        struct issue_report report = report_of(&issued, OUTCOMES[i]);
        report.unit_id = reserved.unit_id;
        report.hardware_id = reserved.hardware_id;
        report.record_id = SPAN_OF(reserved.record_id);
        refused(&issued, report, STATUS_REFUSED, "NOT_ISSUED");
    }
    store_unit_done(&reserved);
    issued_done(&issued);
}

/* Attempts beyond the limit are answered, not kept. */
static void test_attempts_are_bounded(void **state)
{
    (void)state;
    struct issued issued;
    struct problem problem = {0};
    struct store_reported reported = {0};
    char attempt_id[16];
    issued_init(&issued, factory_request(MAC));
    struct issue_report report = report_of(&issued, STORE_OUTCOME_ATTEMPT_FAILED);
    report.attempt_id = attempt_id;
    uint64_t before = leaves(&issued);
    for (int i = 0; i < STORE_ATTEMPTS_MAX + 3; i++) {
        (void)snprintf(attempt_id, sizeof(attempt_id), "a%d", i);
        assert_ok(issue_report(&issued.factory.environment, &report, &reported, &problem));
        assert_int_equal(reported.kept, i < STORE_ATTEMPTS_MAX);
    }
    assert_int_equal(reported.attempts, STORE_ATTEMPTS_MAX);
    assert_int_equal(leaves(&issued), before + STORE_ATTEMPTS_MAX);
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, false);
    issued_done(&issued);
}

/* A unit with its own key has no images; its DAC is given out again also when it is flashed. */
static void test_csr_unit(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_result again;
    struct problem problem;
    struct buf csr;
    static const uint8_t DIGEST[SHA256_SIZE];
    factory_csr(&csr);
    struct issue_request request = factory_request(MAC);
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr);
    issued_init(&issued, request);
    struct issue_report report = report_of(&issued, STORE_OUTCOME_FLASHED);
    issued.digests[0] = SPAN_OF(DIGEST);
    report.digest_count = 1;
    refused(&issued, report, STATUS_REFUSED, "DIGESTS");
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, false);
    assert_ok(factory_issue(&issued.factory, request, &again, &problem));
    assert_true(again.repeated);
    issue_result_done(&again);
    buf_done(&csr);
    issued_done(&issued);
}

/* A station that does not report is given no more; what it reports makes room. */
static void test_open_units_of_a_station(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_result result;
    struct problem problem;
    struct issue_request second = factory_request("60:55:f9:01:a2:14");
    issued_init(&issued, factory_request(MAC));
    issued.factory.environment.max_open = 1;
    assert_int_equal(factory_issue(&issued.factory, second, &result, &problem), STATUS_EXHAUSTED);
    assert_string_equal(problem.reason, "STATION_OPEN");
    assert_int_equal(factory_order(&issued.factory).counted, 1);
    second.identity = OTHER_STATION;
    assert_ok(factory_issue(&issued.factory, second, &result, &problem));
    issue_result_done(&result);
    taken(&issued, report_of(&issued, STORE_OUTCOME_ATTEMPT_FAILED), STORE_UNIT_ISSUED, false);
    struct issue_request third = factory_request("60:55:f9:01:a2:18");
    assert_int_equal(factory_issue(&issued.factory, third, &result, &problem), STATUS_EXHAUSTED);
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, false);
    assert_ok(factory_issue(&issued.factory, third, &result, &problem));
    issue_result_done(&result);
    issued_done(&issued);
}

/* By configuration a repeat goes to the line, never beyond it. */
static void test_repeats_to_the_line(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_result again;
    struct problem problem;
    struct issue_request request = factory_request(MAC);
    issued_init(&issued, request);
    request.identity = OTHER_STATION;
    assert_int_equal(factory_issue(&issued.factory, request, &again, &problem), STATUS_DENIED);
    issued.factory.environment.repeat_to_line = true;
    assert_ok(factory_issue(&issued.factory, request, &again, &problem));
    assert_true(again.repeated);
    issue_result_done(&again);
    request.line = "line2";
    assert_int_equal(factory_issue(&issued.factory, request, &again, &problem), STATUS_DENIED);
    assert_string_equal(problem.reason, "DEVICE_ELSEWHERE");
    issued_done(&issued);
}

static void test_deliveries_are_bounded(void **state)
{
    (void)state;
    struct issued issued;
    struct issue_result again;
    struct problem problem;
    issued_init(&issued, factory_request(MAC));
    for (int i = 1; i < STORE_DELIVERIES_MAX; i++) {
        assert_ok(factory_issue(&issued.factory, factory_request(MAC), &again, &problem));
        issue_result_done(&again);
    }
    uint64_t before = leaves(&issued);
    assert_int_equal(factory_issue(&issued.factory, factory_request(MAC), &again, &problem),
                     STATUS_EXHAUSTED);
    assert_string_equal(problem.reason, "DELIVERIES");
    assert_int_equal(leaves(&issued), before);
    taken(&issued, report_of(&issued, STORE_OUTCOME_FLASHED), STORE_UNIT_FLASHED, false);
    issued_done(&issued);
}

/* The database itself refuses sums that cannot be. */
static void test_sums_are_constraints(void **state)
{
    (void)state;
    static const char *const IMPOSSIBLE[] = {
        "flashed = 2",    "flashed = 1, scrapped = 1",
        "superseded = 2", "voided = 1",
        "issued = 2",     "scrapped = -1",
        "counted = 6",
    };
    struct issued issued;
    char command[256];
    issued_init(&issued, factory_request(MAC));
    for (size_t i = 0; i < sizeof(IMPOSSIBLE) / sizeof(IMPOSSIBLE[0]); i++) {
        (void)snprintf(command, sizeof(command),
                       "sqlite3 %s/mintmark.db 'update work_order set %s' 2>/dev/null",
                       issued.factory.folder, IMPOSSIBLE[i]);
        assert_int_not_equal(system(command), 0);
    }
    issued_done(&issued);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flashed),
        cmocka_unit_test(test_scrapped),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_who_may_report),
        cmocka_unit_test(test_stations_without_a_line_share_nothing),
        cmocka_unit_test(test_another_record_or_chip),
        cmocka_unit_test(test_hardware_id_arrives_with_the_report),
        cmocka_unit_test(test_never_for_a_reservation),
        cmocka_unit_test(test_attempts_are_bounded),
        cmocka_unit_test(test_csr_unit),
        cmocka_unit_test(test_open_units_of_a_station),
        cmocka_unit_test(test_repeats_to_the_line),
        cmocka_unit_test(test_deliveries_are_bounded),
        cmocka_unit_test(test_sums_are_constraints),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

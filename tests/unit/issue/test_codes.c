/* Reading onboarding codes for labels: by either name, on record, and every refusal. */
#include "tests/support/test.h"

#include "server/issue/codes.h"
#include "server/issue/report.h"
#include "tests/support/factory.h"

static const char MAC[] = "60:55:f9:01:a2:10";
static const char PRINTER[] = "spiffe://test/label/p1";

static struct issue_codes_request request_of(const char *unit_id)
{
    return (struct issue_codes_request){.identity = PRINTER,
                                        .line = "",
                                        .unit_id = unit_id,
                                        .serial_number = "",
                                        .purpose = "label 7 was torn"};
}

static void begin(struct factory *factory, struct issue_result *issued)
{
    struct problem problem;
    factory_init(factory, 5);
    assert_ok(factory_issue(factory, factory_request(MAC), issued, &problem));
}

static void end(struct factory *factory, struct issue_result *issued)
{
    issue_result_done(issued);
    factory_done(factory);
}

static uint64_t leaves(struct factory *factory)
{
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(factory->store, &size, &newest));
    return size;
}

static void sql(struct factory *factory, const char *statement)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "sqlite3 %s/mintmark.db \"%s\"", factory->folder,
                   statement);
    assert_int_equal(system(command), 0);
}

static void taken(struct factory *factory, struct issue_codes_request request,
                  const struct issue_result *issued)
{
    struct issue_result codes = {0};
    struct problem problem = {0};
    uint64_t before = leaves(factory);
    assert_ok(issue_codes(&factory->environment, &request, &codes, &problem));
    assert_string_equal(codes.qr_code, issued->qr_code);
    assert_string_equal(codes.manual_code, issued->manual_code);
    assert_string_equal(codes.unit.serial_number, issued->unit.serial_number);
    assert_int_equal(leaves(factory), before + 1);
    issue_result_done(&codes);
}

static void refused(struct factory *factory, struct issue_codes_request request, status_t status,
                    const char *reason)
{
    struct issue_result codes = {0};
    struct problem problem = {0};
    uint64_t before = leaves(factory);
    assert_int_equal(issue_codes(&factory->environment, &request, &codes, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(codes.qr_code, "");
    assert_int_equal(leaves(factory), before);
}

static void test_by_either_name(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result issued;
    begin(&factory, &issued);
    taken(&factory, request_of(MAC), &issued);
    struct issue_codes_request request = request_of("");
    request.serial_number = issued.unit.serial_number;
    taken(&factory, request, &issued);
    request.line = "line1";
    taken(&factory, request, &issued);
    char command[512];
    (void)snprintf(
        command, sizeof(command),
        "test $(sqlite3 %s/mintmark.db \"select count(*) from leaf where content ->> 'type' "
        "= 'codes.read' and content ->> 'identity' = '%s' and content ->> 'purpose' = "
        "'label 7 was torn'\") = 3",
        factory.folder, PRINTER);
    assert_int_equal(system(command), 0);
    end(&factory, &issued);
}

/* The label is printed after flashing as before: its codes outlive the device's secrets. */
static void test_of_a_flashed_unit(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result issued;
    struct store_reported reported;
    struct problem problem = {0};
    begin(&factory, &issued);
    struct span digest = SPAN_OF(issued.set.files[0].sha256);
    const struct issue_report report = {.identity = "spiffe://test/station/s1",
                                        .line = "line1",
                                        .order = "WO-1",
                                        .unit_id = MAC,
                                        .hardware_id = MAC,
                                        .record_id = SPAN_OF(issued.unit.record_id),
                                        .outcome = STORE_OUTCOME_FLASHED,
                                        .digests = &digest,
                                        .digest_count = 1,
                                        .slot = "",
                                        .phase = "",
                                        .code = "",
                                        .attempt_id = ""};
    assert_ok(issue_report(&factory.environment, &report, &reported, &problem));
    taken(&factory, request_of(MAC), &issued);
    end(&factory, &issued);
}

static void test_refusals(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result issued;
    begin(&factory, &issued);
    refused(&factory, request_of("60:55:f9:01:a2:14"), STATUS_DENIED, "DEVICE_ELSEWHERE");
    struct issue_codes_request request = request_of(MAC);
    request.line = "line2";
    refused(&factory, request, STATUS_DENIED, "DEVICE_ELSEWHERE");
    request = request_of("");
    request.serial_number = "NONE";
    refused(&factory, request, STATUS_DENIED, "DEVICE_ELSEWHERE");
    sql(&factory, "update unit set state = 1");
    refused(&factory, request_of(MAC), STATUS_REFUSED, "NOT_ISSUED");
    sql(&factory, "update unit set state = 4");
    refused(&factory, request_of(MAC), STATUS_REFUSED, "SCRAPPED");
    sql(&factory, "update unit set state = 3, revoked = 1");
    refused(&factory, request_of(MAC), STATUS_REFUSED, "REVOKED");
    sql(&factory, "update unit set revoked = 0, code_reads = 100");
    refused(&factory, request_of(MAC), STATUS_EXHAUSTED, "CODE_READS");
    sql(&factory, "update unit set code_reads = 0; update secret set codes = null");
    refused(&factory, request_of(MAC), STATUS_REFUSED, "ERASED");
    end(&factory, &issued);
}

static void test_one_serial_number_of_two_vendors(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result issued;
    struct issue_result second;
    struct problem problem;
    begin(&factory, &issued);
    assert_ok(factory_issue(&factory, factory_request("60:55:f9:01:a2:14"), &second, &problem));
    issue_result_done(&second);
    sql(&factory, "update unit set vendor_id = id, serial_number = 'SAME'");
    struct issue_codes_request request = request_of("");
    request.serial_number = "SAME";
    refused(&factory, request, STATUS_REFUSED, "SERIAL_NUMBER_AMBIGUOUS");
    end(&factory, &issued);
}

static void test_units_without_codes(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result issued;
    struct problem problem;
    struct buf csr;
    factory_init(&factory, 5);
    factory_csr(&csr);
    struct issue_request request = factory_request(MAC);
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr);
    factory.product.image.dac_key = IMAGE_DAC_KEY_DEVICE;
    assert_ok(factory_issue(&factory, request, &issued, &problem));
    refused(&factory, request_of(MAC), STATUS_REFUSED, "NO_CODES");
    issue_result_done(&issued);
    factory.product.image.dac_key = IMAGE_DAC_KEY_FACTORY;
    factory.product.image.dynamic_passcode = true; /* the device makes its own: an empty answer */
    request = factory_request("60:55:f9:01:a2:14");
    assert_ok(factory_issue(&factory, request, &issued, &problem));
    taken(&factory, request_of("60:55:f9:01:a2:14"), &issued);
    buf_done(&csr);
    end(&factory, &issued);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_either_name),
        cmocka_unit_test(test_of_a_flashed_unit),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_one_serial_number_of_two_vendors),
        cmocka_unit_test(test_units_without_codes),
    };
    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}

/* The pipeline of issuing: exactly once, the same bytes again, and every refusal. */
#include "tests/support/test.h"

#include <time.h>

#include "server/issue/draw.h"
#include "tests/support/factory.h"

static const char MAC[] = "60:55:f9:01:a2:10";

static uint64_t leaves(struct factory *factory)
{
    uint64_t size = 0;
    int64_t newest = 0;
    assert_ok(store_log_size(factory->store, &size, &newest));
    return size;
}

static void assert_same(const struct issue_result *a, const struct issue_result *b)
{
    assert_span_equal(buf_span(&a->unit.certificate), buf_span(&b->unit.certificate));
    assert_int_equal(a->set.file_count, b->set.file_count);
    for (size_t i = 0; i < a->set.file_count; i++) {
        assert_span_equal(buf_span(&a->set.files[i].content), buf_span(&b->set.files[i].content));
    }
    assert_string_equal(a->qr_code, b->qr_code);
    assert_string_equal(a->unit.serial_number, b->unit.serial_number);
    assert_memory_equal(a->unit.record_id, b->unit.record_id, sizeof(a->unit.record_id));
}

static void test_issue_and_repeat(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result first;
    struct issue_result again;
    struct problem problem;
    factory_init(&factory, 5);
    uint64_t before = leaves(&factory);
    assert_ok(factory_issue(&factory, factory_request(MAC), &first, &problem));
    assert_false(first.repeated);
    assert_int_equal(leaves(&factory), before + 2); /* reserved, issued */
    assert_ok(matter_certificate_check_chain(buf_span(&first.unit.certificate),
                                             buf_span(&factory.pai), buf_span(&factory.paa),
                                             factory.environment.now_ms() / 1000, &problem));
    assert_ok(factory_issue(&factory, factory_request(MAC), &again, &problem));
    assert_true(again.repeated);
    assert_int_equal(leaves(&factory), before + 3); /* delivered */
    assert_int_equal(factory.signatures, 1);
    assert_same(&first, &again);
    assert_int_equal(factory_order(&factory).counted, 1);
    assert_int_equal(factory_order(&factory).issued, 1);
    issue_result_done(&first);
    issue_result_done(&again);
    factory_done(&factory);
}

static void test_token_failure_leaves_a_reservation_that_resumes(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    factory_init(&factory, 5);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_UNAVAILABLE);
    assert_int_equal(factory_order(&factory).counted, 1);
    assert_int_equal(factory_order(&factory).issued, 0);
    factory.sign_status = STATUS_OK;
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    assert_int_equal(factory_order(&factory).counted, 1); /* the same intent, finished */
    assert_int_equal(factory_order(&factory).issued, 1);
    issue_result_done(&result);
    factory_done(&factory);
}

static const char *date_of(const struct issue_result *result)
{
    return unit_secrets_of(&result->secrets)->manufacturing_date;
}

/* Midnight in the site's zone, and a repeat on a later day: the date is drawn once. */
static void test_manufacturing_date_is_the_day_of_issuing(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result first;
    struct issue_result again;
    struct problem problem;
    char today[11];
    factory_init(&factory, 5);
    factory.product.manufacturing_date = UNIT_TODAY;
    unit_draw_day(factory.environment.now_ms(), today);
    assert_ok(factory_issue(&factory, factory_request(MAC), &first, &problem));
    assert_string_equal(date_of(&first), today);
    factory_clock_offset_ms = (int64_t)3 * 86400 * 1000;
    assert_ok(factory_issue(&factory, factory_request(MAC), &again, &problem));
    assert_string_equal(date_of(&again), today);
    assert_same(&first, &again);
    factory_clock_offset_ms = 0;
    assert_int_equal(setenv("TZ", "Asia/Shanghai", 1), 0);
    tzset();
    unit_draw_day(INT64_C(1795363200000) - 1, today); /* one ms before 16:00 UTC */
    assert_string_equal(today, "2026-11-22");
    unit_draw_day(INT64_C(1795363200000), today);
    assert_string_equal(today, "2026-11-23");
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    tzset();
    issue_result_done(&first);
    issue_result_done(&again);
    factory_done(&factory);
}

static void test_dynamic_passcode_has_no_codes(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result first;
    struct issue_result again;
    struct problem problem;
    factory_init(&factory, 5);
    factory.product.image.dynamic_passcode = true;
    assert_ok(factory_issue(&factory, factory_request(MAC), &first, &problem));
    assert_string_equal(first.qr_code, "");
    assert_string_equal(first.manual_code, "");
    assert_int_equal(unit_secrets_of(&first.secrets)->passcode, 0);
    assert_ok(factory_issue(&factory, factory_request(MAC), &again, &problem));
    assert_same(&first, &again);
    issue_result_done(&first);
    issue_result_done(&again);
    factory_done(&factory);
}

static void refused(struct factory *factory, struct issue_request request, status_t status,
                    const char *reason)
{
    struct issue_result result;
    struct problem problem;
    struct store_order before = factory_order(factory);
    uint64_t size = leaves(factory);
    assert_int_equal(factory_issue(factory, request, &result, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(factory_order(factory).counted, before.counted);
    assert_int_equal(leaves(factory), size);
}

static void test_refusals(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    factory_init(&factory, 1);
    struct issue_request request = factory_request(MAC);
    request.order = "WO-2";
    refused(&factory, request, STATUS_NOT_FOUND, "ORDER_UNKNOWN");
    request = factory_request(MAC);
    request.chip = "esp32h2";
    refused(&factory, request, STATUS_REFUSED, "CHIP");
    request = factory_request(MAC);
    request.deadline_ms = 1;
    refused(&factory, request, STATUS_DEADLINE, "DEADLINE");

    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    refused(&factory, factory_request("60:55:f9:01:a2:14"), STATUS_EXHAUSTED, "ORDER_EXHAUSTED");
    request = factory_request(MAC);
    request.identity = "spiffe://test/station/s2";
    refused(&factory, request, STATUS_DENIED, "DEVICE_ELSEWHERE");
    request = factory_request(MAC);
    request.order = "WO-2"; /* the same unit; an order that is not there has one answer */
    refused(&factory, request, STATUS_NOT_FOUND, "ORDER_UNKNOWN");
    request = factory_request(MAC);
    request.hardware_id = "60:55:f9:01:a2:14";
    refused(&factory, request, STATUS_EXISTS, "HARDWARE_ID_CHANGED");
    factory_done(&factory);
}

static void test_hardware_id_under_two_names(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    factory_init(&factory, 5);
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    struct issue_request request = factory_request(MAC);
    request.unit_id = "board-17";
    refused(&factory, request, STATUS_EXISTS, "HARDWARE_ID_USED");
    factory_done(&factory);
}

static struct issue_request named_request(const char *unit_id, const char *mac)
{
    struct issue_request request = factory_request(mac);
    request.unit_id = unit_id;
    return request;
}

/* A unit named without its chip is bound to the first chip it shows; no chip gets two identities.
 */
static void test_hardware_id_comes_later(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result first;
    struct issue_result again;
    struct problem problem;
    factory_init(&factory, 5);
    assert_ok(factory_issue(&factory, named_request("SN1", ""), &first, &problem));
    assert_ok(factory_issue(&factory, named_request("SN1", MAC), &again, &problem));
    assert_same(&first, &again);
    assert_string_equal(again.unit.hardware_id, MAC);
    issue_result_done(&first);
    issue_result_done(&again);
    refused(&factory, named_request("SN1", "60:55:f9:01:a2:20"), STATUS_EXISTS,
            "HARDWARE_ID_CHANGED");
    refused(&factory, factory_request(MAC), STATUS_EXISTS, "HARDWARE_ID_USED");

    assert_ok(factory_issue(&factory, factory_request("60:55:f9:01:a2:30"), &first, &problem));
    issue_result_done(&first);
    assert_ok(factory_issue(&factory, named_request("SN2", ""), &first, &problem));
    issue_result_done(&first);
    refused(&factory, named_request("SN2", "60:55:f9:01:a2:30"), STATUS_EXISTS, "HARDWARE_ID_USED");
    factory_done(&factory);
}

/* Another PAI certificate under the same name: nothing is rebuilt from it. */
static void test_pai_changed(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    struct buf csr;
    factory_init(&factory, 5);
    factory_csr(&csr);
    struct issue_request request = factory_request("60:55:f9:01:a2:14");
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr);
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    factory.product.image.dac_key = IMAGE_DAC_KEY_DEVICE;
    assert_ok(factory_issue(&factory, request, &result, &problem));
    issue_result_done(&result);
    factory.unit_pai.chain_sha256[0] ^= 1;
    refused(&factory, factory_request(MAC), STATUS_REFUSED, "PAI_CHANGED");
    refused(&factory, request, STATUS_REFUSED, "PAI_CHANGED");
    factory.unit_pai.chain_sha256[0] ^= 1;
    assert_ok(factory_issue(&factory, request, &result, &problem));
    issue_result_done(&result);
    buf_done(&csr);
    factory_done(&factory);
}

static void test_class_not_allowed(void **state)
{
    (void)state;
    struct factory factory;
    factory_init(&factory, 5);
    factory.environment.allow_classes = 1u << UNIT_CLASS_PRODUCTION;
    refused(&factory, factory_request(MAC), STATUS_REFUSED, "CLASS_NOT_ALLOWED");
    factory_done(&factory);
}

static void test_lines_and_window(void **state)
{
    (void)state;
    struct factory factory;
    bool made = false;
    factory_init(&factory, 5);
    struct store_order order = factory_order(&factory);
    (void)snprintf(order.id, sizeof(order.id), "WO-L");
    (void)snprintf(order.lines, sizeof(order.lines), ";line2;line10;");
    assert_ok(store_order_put(factory.store, &order, span_text("{}"), &made, NULL));
    struct issue_request request = factory_request(MAC);
    request.order = "WO-L";
    refused(&factory, request, STATUS_NOT_FOUND, "ORDER_UNKNOWN"); /* line1 is not line10 */
    request.line = "";
    refused(&factory, request, STATUS_NOT_FOUND, "ORDER_UNKNOWN");
    (void)snprintf(order.id, sizeof(order.id), "WO-W");
    order.lines[0] = '\0';
    order.window_from = factory.environment.now_ms() / 1000 + 1000;
    assert_ok(store_order_put(factory.store, &order, span_text("{}"), &made, NULL));
    request = factory_request(MAC);
    request.order = "WO-W";
    refused(&factory, request, STATUS_REFUSED, "ORDER_TOO_EARLY");
    (void)snprintf(order.id, sizeof(order.id), "WO-X");
    order.window_from = 0;
    order.window_to = factory.environment.now_ms() / 1000 - 1;
    assert_ok(store_order_put(factory.store, &order, span_text("{}"), &made, NULL));
    request.order = "WO-X";
    refused(&factory, request, STATUS_REFUSED, "ORDER_OVER");
    factory_done(&factory);
}

/* Nothing new is reserved with a clock that went back or jumped; what is on record is delivered. */
static void test_clock(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    factory_init(&factory, 5);
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    factory_clock_offset_ms = -60000;
    refused(&factory, factory_request("60:55:f9:01:a2:14"), STATUS_UNAVAILABLE, "CLOCK");
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    assert_true(result.repeated);
    issue_result_done(&result);
    factory_clock_offset_ms = 3600 * 1000;
    refused(&factory, factory_request("60:55:f9:01:a2:14"), STATUS_UNAVAILABLE, "CLOCK_JUMP");
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    factory_clock_offset_ms = 0; /* and that delivery left no entry of the future */
    assert_ok(factory_issue(&factory, factory_request("60:55:f9:01:a2:14"), &result, &problem));
    issue_result_done(&result);
    factory_done(&factory);
}

/* A reservation made before the clock went back is finished. */
static void test_clock_back_after_the_reservation(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    factory_init(&factory, 5);
    factory.sign_status = STATUS_UNAVAILABLE;
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_UNAVAILABLE);
    factory.sign_status = STATUS_OK;
    factory_clock_offset_ms = -60000;
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    factory_clock_offset_ms = 0;
    issue_result_done(&result);
    factory_done(&factory);
}

static void test_csr(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result first;
    struct issue_result again;
    struct problem problem;
    struct buf csr;
    struct buf other;
    factory_init(&factory, 5);
    factory_csr(&csr);
    factory_csr(&other);
    struct issue_request request = factory_request(MAC);
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr);
    refused(&factory, request, STATUS_REFUSED, "DAC_KEY"); /* the product's keys are made here */
    factory.product.image.dac_key = IMAGE_DAC_KEY_DEVICE;
    refused(&factory, factory_request(MAC), STATUS_REFUSED, "DAC_KEY");
    assert_ok(factory_issue(&factory, request, &first, &problem));
    assert_int_equal(first.set.file_count, 0);
    assert_ok(factory_issue(&factory, request, &again, &problem));
    assert_span_equal(buf_span(&first.unit.certificate), buf_span(&again.unit.certificate));
    issue_result_done(&first);
    issue_result_done(&again);

    request.csr = buf_span(&other);
    refused(&factory, request, STATUS_EXISTS, "CSR_KEY_CHANGED");
    refused(&factory, factory_request(MAC), STATUS_EXISTS, "KEY_SOURCE");
    request = factory_request("60:55:f9:01:a2:14");
    request.key_source = STORE_KEY_CSR;
    request.csr = buf_span(&csr); /* another unit with the first one's key */
    refused(&factory, request, STATUS_EXISTS, "KEY_USED");
    other.data[other.size - 1] ^= 1;
    request.csr = buf_span(&other);
    refused(&factory, request, STATUS_INVALID, "CSR_SIGNATURE");
    buf_done(&csr);
    buf_done(&other);
    factory_done(&factory);
}

static void test_changed_rows_are_data_loss(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    char command[256];
    static const struct {
        const char *sql;
        const char *reason;
    } CHANGES[] = {
        {"update secret set device = zeroblob(length(device))", "SEAL_BROKEN"},
        {"update secret set device = substr(device, 1, 20)", "SEAL_BROKEN"},
        {"update secret set codes = zeroblob(length(codes))", "SEAL_BROKEN"},
        {"update secret set codes = device", "SEAL_BROKEN"},
        {"update unit set set_digest = zeroblob(32)", "IMAGE_CHANGED"},
        {"update unit set image_revision = 99", "IMAGE_REVISION"},
        {"update unit set seal_day = '2001-01-01'", "SALT_GONE"},
    };
    for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++) {
        factory_init(&factory, 5);
        assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
        issue_result_done(&result);
        (void)snprintf(command, sizeof(command), "sqlite3 %s/mintmark.db \"%s\"", factory.folder,
                       CHANGES[i].sql);
        assert_int_equal(system(command), 0);
        assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                         STATUS_DATA_LOSS);
        assert_string_equal(problem.reason, CHANGES[i].reason);
        factory_done(&factory);
    }
}

/* Moving one unit's sealed secrets to another row must not open: they are bound to their unit. */
static void test_sealed_secrets_are_bound(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    struct problem problem;
    char command[256];
    factory_init(&factory, 5);
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    issue_result_done(&result);
    assert_ok(factory_issue(&factory, factory_request("60:55:f9:01:a2:14"), &result, &problem));
    issue_result_done(&result);
    (void)snprintf(command, sizeof(command),
                   "sqlite3 %s/mintmark.db \"update secret set device = (select device from secret "
                   "order by rowid desc limit 1)\"",
                   factory.folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(factory_issue(&factory, factory_request(MAC), &result, &problem),
                     STATUS_DATA_LOSS);
    assert_string_equal(problem.reason, "SEAL_BROKEN");
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manufacturing_date_is_the_day_of_issuing),
        cmocka_unit_test(test_dynamic_passcode_has_no_codes),
        cmocka_unit_test(test_issue_and_repeat),
        cmocka_unit_test(test_token_failure_leaves_a_reservation_that_resumes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_hardware_id_under_two_names),
        cmocka_unit_test(test_lines_and_window),
        cmocka_unit_test(test_hardware_id_comes_later),
        cmocka_unit_test(test_pai_changed),
        cmocka_unit_test(test_class_not_allowed),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_clock_back_after_the_reservation),
        cmocka_unit_test(test_csr),
        cmocka_unit_test(test_changed_rows_are_data_loss),
        cmocka_unit_test(test_sealed_secrets_are_bound),
    };
    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}

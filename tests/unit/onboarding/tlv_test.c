#include "lib/base/hex.h"
#include "lib/matter/onboarding.h"
#include "lib/matter/onboarding_tlv.h"
#include "tests/support/test.h"

/* The structure as hexadecimal digits. */
static void assert_written(const struct matter_onboarding_extra *extra, const char *wanted)
{
    AUTO(buf_done) struct buf tlv;
    char text[1024];
    struct problem problem = {0};
    buf_init(&tlv, sizeof(text) / 2 - 1);
    assert_ok(matter_onboarding_tlv_write(extra, &tlv, &problem));
    hex_encode(buf_span(&tlv), text);
    assert_string_equal(text, wanted);
    assert_true(tlv.size == 0 || matter_onboarding_tlv_valid(buf_span(&tlv)));
}

static void assert_refused(const struct matter_onboarding_extra *extra, const char *reason)
{
    AUTO(buf_done) struct buf tlv;
    struct problem problem = {0};
    buf_init(&tlv, 1024);
    assert_int_equal(matter_onboarding_tlv_write(extra, &tlv, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(tlv.size, 0);
}

/* The bytes as Appendix A of the Core Specification has them: control octet, tag, length, value. */
static void test_written(void **state)
{
    (void)state;
    static const uint8_t salt[16] = {0xaa};
    assert_written(&(struct matter_onboarding_extra){0}, "");
    assert_written(&(struct matter_onboarding_extra){.serial_number = "1234567890"},
                   "152c000a3132333435363738393018");
    assert_written(&(struct matter_onboarding_extra){.iterations = 1000}, "152501e80318");
    assert_written(&(struct matter_onboarding_extra){.iterations = 100000}, "152601a086010018");
    assert_written(&(struct matter_onboarding_extra){.salt = SPAN_OF(salt)},
                   "15300210aa00000000000000000000000000000018");
    assert_written(&(struct matter_onboarding_extra){.device_count = 2, .timeout = 900},
                   "152403022504840318");
    assert_written(
        &(struct matter_onboarding_extra){.vendor = {{0x80, "a"}, {0xff, ""}}, .vendor_count = 2},
        "152c8001612cff0018");
}

static void test_refused(void **state)
{
    (void)state;
    static const uint8_t salt[33] = {0};
    char text[257] = {0};
    memset(text, 'x', 256);
    assert_refused(&(struct matter_onboarding_extra){.serial_number = ""}, "SERIAL_NUMBER");
    assert_refused(&(struct matter_onboarding_extra){.serial_number = text}, "SERIAL_NUMBER");
    assert_refused(&(struct matter_onboarding_extra){.serial_number = "\xff"}, "SERIAL_NUMBER");
    assert_refused(&(struct matter_onboarding_extra){.iterations = 999}, "ITERATIONS_RANGE");
    assert_refused(&(struct matter_onboarding_extra){.iterations = 100001}, "ITERATIONS_RANGE");
    assert_refused(&(struct matter_onboarding_extra){.salt = {salt, 15}}, "SALT_SIZE");
    assert_refused(&(struct matter_onboarding_extra){.salt = {salt, 33}}, "SALT_SIZE");
    assert_refused(&(struct matter_onboarding_extra){.vendor = {{0x7f, ""}}, .vendor_count = 1},
                   "VENDOR_TAG");
    assert_refused(
        &(struct matter_onboarding_extra){.vendor = {{0x81, ""}, {0x80, ""}}, .vendor_count = 2},
        "VENDOR_TAG");
    assert_refused(&(struct matter_onboarding_extra){.vendor = {{0x80, text}}, .vendor_count = 1},
                   "VENDOR_TEXT");
    assert_refused(&(struct matter_onboarding_extra){.vendor = {{0x80, "\xc3"}}, .vendor_count = 1},
                   "VENDOR_TEXT");
}

static struct matter_onboarding sample(struct span tlv)
{
    return (struct matter_onboarding){.vendor_id = 0xFFF1,
                                      .product_id = 0x8000,
                                      .discovery = MATTER_DISCOVERY_BLE,
                                      .discriminator = 3840,
                                      .passcode = 20202021,
                                      .tlv = tlv};
}

/* Every length of TLV data, so that base38's groups of one, two and three bytes occur. */
static void test_round_trip(void **state)
{
    (void)state;
    char text[256] = {0};
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        AUTO(buf_done) struct buf tlv, code, again;
        struct matter_onboarding found;
        buf_init(&tlv, 1024);
        buf_init(&code, MATTER_QR_TEXT_MAX);
        buf_init(&again, 1024);
        struct matter_onboarding_extra extra = {.vendor = {{0x80, text}}, .vendor_count = 1};
        assert_ok(matter_onboarding_tlv_write(&extra, &tlv, NULL));
        struct matter_onboarding onboarding = sample(buf_span(&tlv));
        assert_ok(matter_onboarding_qr_append(&onboarding, &code, NULL));
        assert_ok(matter_onboarding_decode(buf_span(&code), &found, &again, NULL));
        assert_span_equal(found.tlv, buf_span(&tlv));
        assert_int_equal(found.passcode, onboarding.passcode);
        text[size] = 'x';
    }
}

/* Without TLV data the two writers agree. */
static void test_same_without(void **state)
{
    (void)state;
    char code[MATTER_QR_SIZE];
    AUTO(buf_done) struct buf appended;
    buf_init(&appended, MATTER_QR_TEXT_MAX);
    struct matter_onboarding onboarding = sample(span_make(NULL, 0));
    assert_ok(matter_onboarding_qr(&onboarding, code, NULL));
    assert_ok(matter_onboarding_qr_append(&onboarding, &appended, NULL));
    assert_span_equal(buf_span(&appended), span_text(code));
}

static void test_qr_refused(void **state)
{
    (void)state;
    static const uint8_t large[2600] = {0};
    const struct {
        struct span tlv;
        const char *reason;
    } cases[] = {{{large, sizeof(large)}, "ONBOARDING_LENGTH"}, {{large, 3}, "QR_TLV"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        AUTO(buf_done) struct buf code;
        struct problem problem = {0};
        buf_init(&code, MATTER_QR_TEXT_MAX);
        struct matter_onboarding onboarding = sample(cases[i].tlv);
        assert_int_not_equal(matter_onboarding_qr_append(&onboarding, &code, &problem), STATUS_OK);
        assert_string_equal(problem.reason, cases[i].reason);
        assert_int_equal(code.size, 0);
    }
}

static void test_long_manual(void **state)
{
    (void)state;
    char code[MATTER_MANUAL_SIZE];
    struct matter_onboarding onboarding = sample(span_make(NULL, 0));
    assert_ok(matter_onboarding_manual(&onboarding, code, NULL));
    assert_string_equal(code, "34970112332");
    onboarding.long_manual = true;
    assert_ok(matter_onboarding_manual(&onboarding, code, NULL));
    assert_string_equal(code, "749701123365521327687");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_same_without),
        cmocka_unit_test(test_qr_refused), cmocka_unit_test(test_long_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

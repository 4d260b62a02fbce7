#include "lib/matter/onboarding.h"

#include "lib/base/hex.h"
#include "lib/matter/base38.h"
#include "lib/matter/verhoeff.h"
#include "tests/support/test.h"

/* Published worked examples and edges. */
static const struct {
    struct matter_onboarding values;
    const char *qr;
    const char *manual;
} examples[] = {
#define EXAMPLE(d, p, bits, f, v, i, qr, manual)                                                   \
    {                                                                                              \
        {.discriminator = (d),                                                                     \
         .passcode = (p),                                                                          \
         .discovery = (bits),                                                                      \
         .flow = (enum matter_flow)(f),                                                            \
         .vendor_id = (v),                                                                         \
         .product_id = (i)},                                                                       \
            (qr), (manual)                                                                         \
    }
    EXAMPLE(3840, 20202021, 4, 0, 0, 0, "MT:00000CQM00KA0648G00", "34970112332"),
    EXAMPLE(3840, 20202021, 2, 0, 0xfff1, 0x8000, "MT:Y.K9042C00KA0648G00", "34970112332"),
    EXAMPLE(3431, 49910688, 2, 0, 0x1317, 2, "MT:-8VJ0OMV172PX813210", "32140830464"),
    EXAMPLE(3431, 49910688, 2, 0, 0x131b, 2, "MT:U9VJ0OMV172PX813210", "32140830464"),
    EXAMPLE(80, 54757432, 4, 0, 0x2345, 0x1023, "MT:0A.T0RTM00Y0OJ0.510", "00210433428"),
    EXAMPLE(80, 54757432, 6, 2, 0x2345, 0x1023, "MT:0A.T0P--00Y0OJ0.510", "402104334209029041311"),
    EXAMPLE(3091, 43338551, 4, 2, 0x1123, 0x12, "MT:KSNK4SIC13-JPR4UY00", "702871264504387000187"),
    EXAMPLE(3091, 43338551, 2, 2, 0x1123, 0x12, "MT:KSNK4M5113-JPR4UY00", "702871264504387000187"),
    EXAMPLE(3781, 12349876, 4, 1, 1, 1, "MT:A3L90ARR15G6N57Y900", "745492075300001000013"),
    EXAMPLE(174, 81235604, 7, 1, 0x45, 0x10, "MT:EPX0482F26DAVY09R10", "403732495800069000166"),
    EXAMPLE(2310, 23005908, 4, 2, 0xfff3, 0x8098, "MT:MZWA6G6026O2XP0II00",
            "619156140465523329207"),
    EXAMPLE(128, 2048, 1, 0, 0xc, 1, "MT:M5L90MP500K64J00000", "00204800002"),
    EXAMPLE(2976, 34567890, 2, 0, 0x235a, 0xfeff, "MT:YNJV7VSC00CMVH7SR00", "26318621095"),
    EXAMPLE(2245, 89674523, 2, 0, 0xfff1, 0x8001, "MT:-24J06PF150QJ850Y10", "20489154736"),
    EXAMPLE(0, 1, 2, 0, 0xfff1, 0x8000, "MT:Y.K9042C00ID0000000", "00000100007"),
    EXAMPLE(4095, 99999998, 0x1f, 2, 0xffff, 0xffff, "MT:ILS183EA671DQ36B420",
            "757598610365535655351"),
    EXAMPLE(3434, 99663300, 2, 0, 0xfff2, 0x8001, "MT:634J0KQS027TKX31420", "33219660828"),
};
enum { EXAMPLE_COUNT = sizeof(examples) / sizeof(examples[0]) };

static struct matter_onboarding sample(void)
{
    return examples[1].values;
}

static status_t decode(struct span code, struct matter_onboarding *ret_onboarding,
                       struct buf *ret_tlv, struct problem *problem)
{
    memset(problem, 0, sizeof(*problem));
    memset(ret_onboarding, 0xa5, sizeof(*ret_onboarding));
    status_t status = matter_onboarding_decode(code, ret_onboarding, ret_tlv, problem);
    if (status != STATUS_OK) {
        assert_int_equal(problem->status, status);
        assert_int_equal(ret_onboarding->passcode, 0xa5a5a5a5); /* untouched */
    }
    return status;
}

static void assert_refused(const char *code, const char *reason)
{
    AUTO(buf_done) struct buf tlv;
    buf_init(&tlv, 4096);
    struct matter_onboarding onboarding;
    struct problem problem;
    assert_int_not_equal(decode(span_text(code), &onboarding, &tlv, &problem), STATUS_OK);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(tlv.size, 0);
    /* a refused code is a secret all the same */
    assert_true(strlen(code) < 8 || strstr(problem.message, code) == NULL);
}

static void examples_to_codes(void **context)
{
    (void)context;
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        char qr[MATTER_QR_SIZE], manual[MATTER_MANUAL_SIZE];
        assert_ok(matter_onboarding_qr(&examples[i].values, qr, NULL));
        assert_string_equal(qr, examples[i].qr);
        assert_ok(matter_onboarding_manual(&examples[i].values, manual, NULL));
        assert_string_equal(manual, examples[i].manual);
    }
}

static void qr_payloads_to_values(void **context)
{
    (void)context;
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        const struct matter_onboarding *wanted = &examples[i].values;
        AUTO(buf_done) struct buf tlv;
        buf_init(&tlv, 16);
        struct matter_onboarding found;
        struct problem problem;
        assert_ok(decode(span_text(examples[i].qr), &found, &tlv, &problem));
        assert_int_equal(found.version, 0);
        assert_int_equal(found.vendor_id, wanted->vendor_id);
        assert_int_equal(found.product_id, wanted->product_id);
        assert_int_equal(found.flow, wanted->flow);
        assert_int_equal(found.discovery, wanted->discovery);
        assert_int_equal(found.discriminator, wanted->discriminator);
        assert_int_equal(found.passcode, wanted->passcode);
        assert_true(found.has_ids);
        assert_false(found.from_manual_code);
        assert_int_equal(found.tlv.size, 0);
    }
}

static void manual_codes_to_values(void **context)
{
    (void)context;
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        const struct matter_onboarding *wanted = &examples[i].values;
        bool with_ids = wanted->flow != MATTER_FLOW_STANDARD;
        AUTO(buf_done) struct buf tlv;
        buf_init(&tlv, 16);
        struct matter_onboarding found;
        struct problem problem;
        assert_ok(decode(span_text(examples[i].manual), &found, &tlv, &problem));
        assert_true(found.from_manual_code);
        assert_int_equal(found.has_ids, with_ids);
        assert_int_equal(found.vendor_id, with_ids ? wanted->vendor_id : 0);
        assert_int_equal(found.product_id, with_ids ? wanted->product_id : 0);
        assert_int_equal(found.flow, with_ids ? MATTER_FLOW_CUSTOM : MATTER_FLOW_STANDARD);
        assert_int_equal(found.discriminator, wanted->discriminator & 0xf00);
        assert_int_equal(found.passcode, wanted->passcode);
    }
}

static void refuses_values_out_of_range(void **context)
{
    (void)context;
    struct {
        struct matter_onboarding values;
        const char *reason;
        const char *field;
        bool manual_too;
    } cases[] = {
        {sample(), "ONBOARDING_VERSION", "version", true},
        {sample(), "ONBOARDING_FLOW", "flow", true},
        {sample(), "DISCRIMINATOR_RANGE", "discriminator", true},
        {sample(), "PASSCODE_FORBIDDEN", "passcode", true},
        {sample(), "PASSCODE_FORBIDDEN", "passcode", true},
        {sample(), "ONBOARDING_DISCOVERY", "discovery", false},
        {sample(), "ONBOARDING_DISCOVERY", "discovery", false},
    };
    cases[0].values.version = 1;
    cases[1].values.flow = (enum matter_flow)3;
    cases[2].values.discriminator = 4096;
    cases[3].values.passcode = 0;
    cases[4].values.passcode = 12345678;
    cases[5].values.discovery = 0;
    cases[6].values.discovery = 0x42;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char code[MATTER_QR_SIZE] = "unchanged";
        struct problem problem;
        assert_int_equal(matter_onboarding_qr(&cases[i].values, code, &problem), STATUS_INVALID);
        assert_string_equal(problem.reason, cases[i].reason);
        assert_string_equal(problem.field, cases[i].field);
        assert_int_equal(matter_onboarding_manual(&cases[i].values, code, &problem),
                         cases[i].manual_too ? STATUS_INVALID : STATUS_OK);
        assert_true(!cases[i].manual_too || strcmp(code, "unchanged") == 0);
    }
}

/* A payload with chosen bytes behind "MT:". */
static void payload(const char *hex, char *ret_code)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, 512);
    assert_ok(hex_decode(span_text(hex), &bytes));
    memcpy(ret_code, "MT:", 4);
    matter_base38_encode(buf_span(&bytes), ret_code + 3);
}

static void refuses_malformed_qr_payloads(void **context)
{
    (void)context;
    assert_refused("MT:", "QR_LENGTH");
    assert_refused("MT:00", "QR_LENGTH");
    assert_refused("MT:Y.K9042C00KA0648", "QR_BASE38");
    assert_refused("MT:Y.K9042C00KA0600", "QR_BASE38");
    assert_refused("MT:y.k9042c00ka0648g00", "QR_BASE38");
    assert_refused("MT:Y.K9042C00KA0648G0!", "QR_BASE38");
    assert_refused("MT:.....042C00KA0648G00", "QR_BASE38");
    assert_refused("MT:Y.K9042C00KA0648G00 ", "QR_BASE38");
    assert_refused("mt:Y.K9042C00KA0648G00", "ONBOARDING_PREFIX");
    assert_refused("Y.K9042C00KA0648G00", "ONBOARDING_PREFIX");
    assert_refused("MT:Y.K9042C00KA0648G00*Y.K9042C00KA0648G00", "QR_CONCATENATED");
}

static void refuses_qr_values_it_would_not_write(void **context)
{
    (void)context;
    static const struct {
        const char *hex;
        const char *reason;
    } cases[] = {
        {"89ff07004400e04b846802", "ONBOARDING_VERSION"},
        {"88ff07005c00e04b846802", "ONBOARDING_FLOW"},
        {"88ff07000400e04b846802", "ONBOARDING_DISCOVERY"},
        {"88ff07004410e04b846802", "ONBOARDING_DISCOVERY"},
        {"88ff07004400e04b846812", "QR_PADDING"},
        {"88ff07004400e001000000", "PASSCODE_FORBIDDEN"}, /* 0 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char code[64];
        payload(cases[i].hex, code);
        assert_refused(code, cases[i].reason);
    }
}

static void refuses_malformed_manual_codes(void **context)
{
    (void)context;
    assert_refused("", "MANUAL_CODE_LENGTH");
    assert_refused("24563", "MANUAL_CODE_LENGTH");
    assert_refused("1234567891234567856718", "MANUAL_CODE_LENGTH");
    assert_refused("3497-011-2332", "ONBOARDING_PREFIX");
    assert_refused("02684354589", "MANUAL_CODE_CHECK_DIGIT");
    assert_refused("34970112333", "MANUAL_CODE_CHECK_DIGIT");
    assert_refused("84129507534", "ONBOARDING_VERSION");
    assert_refused("234567891234567856105", "MANUAL_CODE_LENGTH"); /* long, but says no ids */
    assert_refused("23610875350", "PASSCODE_FORBIDDEN");           /* 123456780 */
    assert_refused("23276800006", "PASSCODE_FORBIDDEN");           /* 0 */
    assert_refused("00852607537", "PASSCODE_FORBIDDEN");           /* 12345678 */
}

/* Each group one above its largest value, with the right check digit. */
static void refuses_groups_above_their_largest_value(void **context)
{
    (void)context;
    static const char *const digits[] = {
        "0655360001",                                   /* digits 2 to 6 */
        "0000018192",                                   /* digits 7 to 10 */
        "46553600010000100001",                         /* the same in a long code */
        "40000181920000100001", "40000000016553600001", /* VID */
        "40000000010000165536",                         /* PID */
    };
    for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
        char code[MATTER_MANUAL_SIZE];
        (void)snprintf(code, sizeof(code), "%s%c", digits[i],
                       matter_verhoeff_digit(span_text(digits[i])));
        assert_refused(code, "MANUAL_CODE_GROUP");
    }
}

static void short_code_that_says_ids_follow(void **context)
{
    (void)context;
    char code[MATTER_MANUAL_SIZE];
    (void)snprintf(code, sizeof(code), "7497011233%c",
                   matter_verhoeff_digit(span_text("7497011233")));
    assert_refused(code, "MANUAL_CODE_LENGTH");
}

static void refuses_more_than_a_symbol_holds(void **context)
{
    (void)context;
    static char code[MATTER_QR_TEXT_MAX + 2];
    memset(code, '0', sizeof(code) - 1);
    assert_refused(code, "ONBOARDING_LENGTH");
    code[MATTER_QR_TEXT_MAX] = '\0';
    assert_refused(code, "MANUAL_CODE_LENGTH");
    memcpy(code, "MT:", 3);
    assert_refused(code, "QR_BASE38"); /* 4293 digits end in a group of three */
    code[MATTER_QR_TEXT_MAX - 1] = '\0';
    assert_refused(code, "PASSCODE_FORBIDDEN"); /* all zero */
}

#define PACKED "88ff07004400e04b846802"

static void passes_tlv_data_through(void **context)
{
    (void)context;
    static const char *const tlvs[] = {
        "1518",                                   /* nothing in it */
        "152c000a3132333435363738393018",         /* serial number "1234567890" */
        "15300204010203041825",                   /* cut below: octets, then two octets too many */
        "152400012501e80326020000010018",         /* unsigned of 1, 2 and 4 octets */
        "15280135012902183602000100021418340318", /* structure and array inside, booleans, null */
        "1537010400142402051818",                 /* a list may mix */
        "150a0000000018",
        "152a00000000002b01000000000000000018", /* float and double */
        "15c6f1ff010001002a00000018",           /* a fully qualified tag of six octets */
    };
    static const bool valid[] = {true, true, false, true, true, true, false, true, true};
    for (size_t i = 0; i < sizeof(tlvs) / sizeof(tlvs[0]); i++) {
        char hex[256], code[256];
        (void)snprintf(hex, sizeof(hex), PACKED "%s", tlvs[i]);
        payload(hex, code);
        if (!valid[i]) {
            assert_refused(code, "QR_TLV");
            continue;
        }
        AUTO(buf_done) struct buf wanted;
        AUTO(buf_done) struct buf tlv;
        buf_init(&wanted, 64);
        buf_init(&tlv, 64);
        assert_ok(hex_decode(span_text(tlvs[i]), &wanted));
        buf_append_text(&tlv, "before");
        struct matter_onboarding found;
        struct problem problem;
        assert_ok(decode(span_text(code), &found, &tlv, &problem));
        assert_span_equal(found.tlv, buf_span(&wanted));
        assert_int_equal(tlv.size, 6 + wanted.size);
        assert_int_equal(found.passcode, 20202021);
    }
}

static void refuses_malformed_tlv(void **context)
{
    (void)context;
    static const char *const tlvs[] = {
        "00",                           /* padding octets are not data */
        "15",                           /* no end */
        "160018",                       /* an array, not a structure */
        "240001",                       /* an element alone */
        "151800",                       /* something behind the end */
        "15151515151818181818",         /* a structure's members need tags */
        "1535003500350035001818181818", /* too deep */
        "152c00ff18",                   /* string longer than the rest */
        "152f00ffffffffffffffff18",     /* length field of eight octets, all ones */
        "15270018",                     /* an integer of eight octets, cut */
        "15240018",                     /* the end read as a value: no end left */
        "153800",                       /* a tagged end */
        "151918",                       /* type 0x19 is not defined */
        "1536002401011818",             /* array members carry no tags */
    };
    for (size_t i = 0; i < sizeof(tlvs) / sizeof(tlvs[0]); i++) {
        char hex[256], code[256];
        (void)snprintf(hex, sizeof(hex), PACKED "%s", tlvs[i]);
        payload(hex, code);
        assert_refused(code, "QR_TLV");
    }
}

static void keeps_the_limit_of_the_tlv_buffer(void **context)
{
    (void)context;
    char code[64];
    payload(PACKED "1518", code);
    AUTO(buf_done) struct buf tlv;
    buf_init(&tlv, 1);
    struct matter_onboarding found;
    assert_int_equal(matter_onboarding_decode(span_text(code), &found, &tlv, NULL),
                     STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_to_codes),
        cmocka_unit_test(qr_payloads_to_values),
        cmocka_unit_test(manual_codes_to_values),
        cmocka_unit_test(refuses_values_out_of_range),
        cmocka_unit_test(refuses_malformed_qr_payloads),
        cmocka_unit_test(refuses_qr_values_it_would_not_write),
        cmocka_unit_test(refuses_malformed_manual_codes),
        cmocka_unit_test(refuses_groups_above_their_largest_value),
        cmocka_unit_test(short_code_that_says_ids_follow),
        cmocka_unit_test(refuses_more_than_a_symbol_holds),
        cmocka_unit_test(passes_tlv_data_through),
        cmocka_unit_test(refuses_malformed_tlv),
        cmocka_unit_test(keeps_the_limit_of_the_tlv_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

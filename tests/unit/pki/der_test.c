/* DER: every second spelling is refused; what is written is read back. */
#include "lib/pki/der.h"

#include "lib/base/hex.h"
#include "tests/support/test.h"

static struct buf hex(const char *text)
{
    struct buf bytes;
    buf_init(&bytes, 4096);
    assert_ok(hex_decode(span_text(text), &bytes));
    return bytes;
}

enum kind { INTEGER, NUMBER, BOOLEAN, OID, OCTET_BITS, NAMED_BITS, TIME, ANY };

static status_t take(enum kind kind, struct span *rest)
{
    struct span content;
    uint32_t number;
    bool boolean;
    int64_t time;
    uint8_t tag;
    switch (kind) {
    case INTEGER:
        return pki_der_take_integer(rest, &content);
    case NUMBER:
        return pki_der_take_number(rest, &number);
    case BOOLEAN:
        return pki_der_take_boolean(rest, &boolean);
    case OID:
        return pki_der_take_oid(rest, &content);
    case OCTET_BITS:
        return pki_der_take_octet_bits(rest, &content);
    case NAMED_BITS:
        return pki_der_take_named_bits(rest, &number);
    case TIME:
        return pki_der_take_time(rest, &time);
    case ANY:
    default:
        return pki_der_take_any(rest, &tag, &content);
    }
}

static const struct {
    enum kind kind;
    const char *bytes;
    bool valid;
} elements[] = {
    {ANY, "3000", true},
    {ANY, "", false},
    {ANY, "30", false},
    {ANY, "300100", true},
    {ANY, "3002ff", false},       /* beyond the end */
    {ANY, "3080ff0000", false},   /* indefinite */
    {ANY, "308101ff", false},     /* 1 fits the short form */
    {ANY, "30820001ff", false},   /* leading zero */
    {ANY, "3083000001ff", false}, /* leading zeros */
    {ANY, "308400000001ff", false},
    {ANY, "30ff", false},
    {ANY, "3081", false},
    {ANY, "1f0100", false}, /* long tags do not occur */
    {INTEGER, "020100", true},
    {INTEGER, "0200", false},
    {INTEGER, "02020001", false},
    {INTEGER, "0202ffff", false},
    {INTEGER, "02020080", true},
    {INTEGER, "0202ff7f", true},
    {INTEGER, "0201ff", true},
    {INTEGER, "030100", false},
    {NUMBER, "020100", true},
    {NUMBER, "020500ffffffff", true},
    {NUMBER, "02050100000000", false},
    {NUMBER, "0201ff", false},
    {NUMBER, "020600ffffffffff", false},
    {BOOLEAN, "0101ff", true},
    {BOOLEAN, "010100", true},
    {BOOLEAN, "010101", false},
    {BOOLEAN, "0102ffff", false},
    {BOOLEAN, "0100", false},
    {OID, "06022a86", false}, /* ends inside an arc */
    {OID, "06022a03", true},
    {OID, "0600", false},
    {OID, "0603808001", false},
    {OID, "06032a8001", false}, /* an arc starts with 80 */
    {OID, "06042a868001", true},
    {OCTET_BITS, "03020001", true},
    {OCTET_BITS, "030100", true},
    {OCTET_BITS, "0300", false},
    {OCTET_BITS, "03020180", false},
    {NAMED_BITS, "03020780", true},
    {NAMED_BITS, "03020106", true},
    {NAMED_BITS, "030100", true},
    {NAMED_BITS, "030107", false},
    {NAMED_BITS, "03020880", false},
    {NAMED_BITS, "03020080", false}, /* trailing zero bits */
    {NAMED_BITS, "03020700", false},
    {NAMED_BITS, "030207c0", false}, /* an unused bit set */
    {NAMED_BITS, "0303078000", false},
    {NAMED_BITS, "0303078080", true},
    {NAMED_BITS, "030400808080", false},
    {TIME, "170d3232303932333030303030305a", true},
    {TIME, "170d3439313233313233353935395a", true},
    {TIME, "180f32303530303130313030303030305a", true},
    {TIME, "180f39393939313233313233353935395a", true},
    {TIME, "180f32303439313233313233353935395a", false}, /* UTCTime's years */
    {TIME, "170b323230393233303030305a", false},         /* no seconds */
    {TIME, "170d323230393233303030303030", false},
    {TIME, "17113232303932333030303030302b30303030", false},
    {TIME, "1811323035303031303130303030303030305a", false},
    {TIME, "170d3232303433313030303030305a", false}, /* 31 April */
    {TIME, "170d3232303933303234303030305a", false}, /* 24:00 */
    {TIME, "170d3232313330313030303030305a", false},
    {TIME, "170d3232303030313030303030305a", false},
    {TIME, "170d3232303932333030303036305a", false}, /* second 60 */
    {TIME, "170d32323039323330303030302d5a", false},
    {TIME, "040d3232303932333030303030305a", false},
};

static void test_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        AUTO(buf_done) struct buf bytes = hex(elements[i].bytes);
        struct span rest = buf_span(&bytes);
        status_t status = take(elements[i].kind, &rest);
        if (status != (elements[i].valid ? STATUS_OK : STATUS_MALFORMED)) {
            fail_msg("%s: %s", elements[i].bytes, status_text(status));
        }
        /* a failed reader has not moved */
        size_t left = elements[i].valid && elements[i].kind != ANY ? 0 : rest.size;
        assert_int_equal(rest.size, left);
        assert_true(elements[i].valid || rest.size == bytes.size);
    }
}

static void test_values(void **state)
{
    (void)state;
    AUTO(buf_done)
    struct buf bytes = hex("0203010203030201060303078080170d3730303130313030303030315a");
    struct span rest = buf_span(&bytes);
    uint32_t number;
    int64_t time;
    assert_ok(pki_der_take_number(&rest, &number));
    assert_int_equal(number, 0x010203);
    assert_ok(pki_der_take_named_bits(&rest, &number));
    assert_int_equal(number, 1 << 5 | 1 << 6);
    assert_ok(pki_der_take_named_bits(&rest, &number));
    assert_int_equal(number, 1 << 0 | 1 << 8);
    assert_ok(pki_der_take_time(&rest, &time));
    assert_int_equal(time, 1);
    assert_ok(pki_der_end(rest));
}

/* Lengths around each change of form. */
static void test_lengths(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 1000, 65535};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        AUTO(buf_done) struct buf content;
        AUTO(buf_done) struct buf written;
        struct span again;
        buf_init(&content, 100000);
        buf_init(&written, 100000);
        buf_append_fill(&content, 0xA5, sizes[i]);
        pki_der_put(&written, PKI_DER_OCTET_STRING, buf_span(&content));
        assert_ok(buf_status(&written));
        struct span rest = buf_span(&written);
        assert_ok(pki_der_take(&rest, PKI_DER_OCTET_STRING, &again));
        assert_ok(pki_der_end(rest));
        assert_span_equal(again, buf_span(&content));
    }
}

static void test_writers(void **state)
{
    (void)state;
    static const uint8_t zeros[] = {0, 0};
    static const uint8_t high[] = {0, 0x80, 1};
    static const uint8_t point[] = {4, 5};
    AUTO(buf_done) struct buf written;
    AUTO(buf_done)
    struct buf expected = hex("0201000203008001020103030300040530080306000405020107");
    buf_init(&written, 100);
    pki_der_put_unsigned(&written, SPAN_OF(zeros));
    pki_der_put_unsigned(&written, SPAN_OF(high));
    pki_der_put_number(&written, 3);
    pki_der_put_octet_bits(&written, SPAN_OF(point));
    expected.size = written.size; /* nesting is judged below */
    assert_span_equal(buf_span(&written), buf_span(&expected));
    assert_int_equal(pki_der_put_time(&written, -631152001), STATUS_INVALID);
    assert_int_equal(pki_der_put_time(&written, 253402300800), STATUS_INVALID);
    assert_int_equal(written.size, expected.size);
}

/* A full buffer is a status, wherever it fills up. */
static void test_full_buffer(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 205; limit++) {
        AUTO(buf_done) struct buf small;
        buf_init(&small, limit);
        size_t outer = pki_der_open(&small, PKI_DER_SEQUENCE);
        size_t inner = pki_der_open(&small, PKI_DER_OCTET_STRING);
        buf_append_fill(&small, 0, 200);
        pki_der_close(&small, inner);
        pki_der_close(&small, outer);
        assert_int_equal(buf_status(&small), STATUS_TOO_LARGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),    cmocka_unit_test(test_values),
        cmocka_unit_test(test_lengths),     cmocka_unit_test(test_writers),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

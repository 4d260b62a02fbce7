/* Names and their text. */
#include "lib/pki/name.h"

#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"
#include "tests/support/test.h"

static const struct {
    const char *bytes;
    bool valid;
    size_t count;
} names[] = {
    {"3000", true, 0},
    {"300d310b3009060355040313024142", true, 1},
    {"3018310b3009060355040313024142310930070603550403130042", false, 0},
    {"3002", false, 0},
    {"300031", false, 0},                 /* trailing byte */
    {"30023100", false, 0},               /* a SET OF at least one */
    {"300431023000", false, 0},           /* no type */
    {"300b310930070603550403", false, 0}, /* no value */
    {"300f310d300b0603550403130241420500", false, 0},
    /* two attributes in ascending order, in descending order, twice the same */
    {"301831163009060355040313024142300906035504031302414d", true, 2},
    {"30183116300906035504031302414d3009060355040313024142", false, 0},
    {"3018311630090603550403130241423009060355040313024142", false, 0},
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AUTO(buf_done) struct buf bytes;
        struct pki_name name;
        buf_init(&bytes, 256);
        assert_ok(hex_decode(span_text(names[i].bytes), &bytes));
        status_t status = pki_name_parse(buf_span(&bytes), &name);
        if (status != (names[i].valid ? STATUS_OK : STATUS_MALFORMED)) {
            fail_msg("%s: %s", names[i].bytes, status_text(status));
        }
        if (names[i].valid) {
            assert_int_equal(name.count, names[i].count);
        }
    }
}

static void test_alone(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf bytes;
    struct pki_name name;
    buf_init(&bytes, 256);
    assert_ok(hex_decode(
        span_text("3025310b300906035504031302414231163009060355040313024142300906035504031302414d"),
        &bytes));
    assert_ok(pki_name_parse(buf_span(&bytes), &name));
    assert_int_equal(name.count, 3);
    assert_true(name.attributes[0].alone);
    assert_false(name.attributes[1].alone);
    assert_false(name.attributes[2].alone);
    assert_int_equal(name.attributes[0].tag, PKI_DER_PRINTABLE_STRING);
}

/* PKI_NAME_ATTRIBUTES_MAX is the last count that is read. */
static void test_limit(void **state)
{
    (void)state;
    for (size_t count = PKI_NAME_ATTRIBUTES_MAX; count <= PKI_NAME_ATTRIBUTES_MAX + 1; count++) {
        AUTO(buf_done) struct buf bytes;
        struct pki_name name;
        buf_init(&bytes, 4096);
        size_t mark = pki_der_open(&bytes, PKI_DER_SEQUENCE);
        for (size_t i = 0; i < count; i++) {
            pki_name_put_utf8(&bytes, pki_oid_common_name, span_text("x"));
        }
        pki_der_close(&bytes, mark);
        status_t status = pki_name_parse(buf_span(&bytes), &name);
        assert_int_equal(status == STATUS_OK, count == PKI_NAME_ATTRIBUTES_MAX);
    }
}

static const struct {
    const char *text;
    int characters; /* -1: not UTF-8 */
} texts[] = {
    {"", 0},
    {"abc", 3},
    {"\xC3\xA4", 1},
    {"\xE2\x82\xAC", 1},
    {"\xF0\x9F\x98\x80", 1},
    {"\xF4\x8F\xBF\xBF", 1},
    {"\x80", -1},
    {"\xC0\x80", -1},         /* overlong */
    {"\xE0\x9F\xBF", -1},     /* overlong */
    {"\xF0\x8F\xBF\xBF", -1}, /* overlong */
    {"\xED\xA0\x80", -1},     /* surrogate */
    {"\xF4\x90\x80\x80", -1}, /* beyond 10FFFF */
    {"\xF5\x80\x80\x80", -1},
    {"\xC3", -1},
    {"\xE2\x82", -1},
    {"\xE2\x28\xA1", -1},
    {"\xE2\x82\x28", -1},
};

static void test_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t characters = 99;
        status_t status = utf8_length(span_text(texts[i].text), &characters);
        assert_int_equal(status, texts[i].characters < 0 ? STATUS_MALFORMED : STATUS_OK);
        assert_int_equal(characters, texts[i].characters < 0 ? 99 : texts[i].characters);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

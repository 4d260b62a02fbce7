/* PEM and DER are told apart, and one block means one. */
#include "lib/pki/pem.h"

#include "tests/support/test.h"

#define BLOCK "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n-----END CERTIFICATE-----\n"

static const uint8_t wanted[] = {0x30, 0x03, 0x01, 0x01, 0xFF};

static status_t decode(const char *text, struct buf *ret_der, struct problem *problem)
{
    return pki_pem_decode(span_text(text), "CERTIFICATE", ret_der, problem);
}

static void test_good(void **state)
{
    (void)state;
    static const char *const texts[] = {
        BLOCK,
        ("Certificate:\n    Data:\n" BLOCK "bye\n"),
        "-----BEGIN CERTIFICATE-----\r\nMAMBAf8=\r\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nMAMB\nAf8=\n-----END CERTIFICATE-----\n",
        ("0 is how this text begins\n" BLOCK),
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO(buf_done) struct buf der;
        struct problem problem = {0};
        buf_init(&der, 100);
        assert_int_equal(decode(texts[i], &der, &problem), STATUS_OK);
        assert_span_equal(buf_span(&der), SPAN_OF(wanted));
    }
}

static void test_der(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der;
    buf_init(&der, 100);
    assert_ok(pki_pem_decode(SPAN_OF(wanted), "CERTIFICATE", &der, NULL));
    assert_span_equal(buf_span(&der), SPAN_OF(wanted));
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "not PEM at all",
        (BLOCK BLOCK),
        "-----BEGIN PRIVATE KEY-----\nMAMBAf8=\n-----END PRIVATE KEY-----\n",
        ("-----BEGIN EC PARAMETERS-----\nMAMBAf8=\n-----END EC PARAMETERS-----\n" BLOCK),
        "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n",
        "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAMBAf8\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAM BAf8=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAMBAf9=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nA: b\n\nMAMBAf8=\n-----END CERTIFICATE-----\n",
        "----BEGIN CERTIFICATE----\nMAMBAf8=\n----END CERTIFICATE----\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO(buf_done) struct buf der;
        struct problem problem = {0};
        buf_init(&der, 100);
        assert_int_equal(decode(texts[i], &der, &problem), STATUS_MALFORMED);
        assert_string_equal(problem.reason, "PEM_MALFORMED");
        assert_int_equal(der.size, 0);
    }
}

/* Written as 64 characters a line, and read back, whatever the length. */
static void test_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[200];
    bytes[0] = 0x02; /* no SEQUENCE: what follows is judged by its reader */
    for (size_t i = 1; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t size = 1; size <= sizeof(bytes); size++) {
        AUTO(buf_done) struct buf pem;
        AUTO(buf_done) struct buf again;
        buf_init(&pem, 1000);
        buf_init(&again, 1000);
        assert_ok(pki_pem_encode(span_make(bytes, size), "CERTIFICATE", &pem));
        assert_ok(pki_pem_decode(buf_span(&pem), "CERTIFICATE", &again, NULL));
        assert_span_equal(buf_span(&again), span_make(bytes, size));
    }
}

static void test_line_length(void **state)
{
    (void)state;
    static const uint8_t zeros[48 + 1] = {0};
    AUTO(buf_done) struct buf pem;
    buf_init(&pem, 1000);
    assert_ok(pki_pem_encode(SPAN_OF(zeros), "X", &pem));
    assert_span_equal(buf_span(&pem), span_text("-----BEGIN X-----\n"
                                                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                                                "AA==\n"
                                                "-----END X-----\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_der),
        cmocka_unit_test(test_bad),         cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_line_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

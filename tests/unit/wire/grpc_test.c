#include "lib/base/utf8.h"
#include "proto/wire/grpc.h"

#include "tests/support/test.h"

static void timeouts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t us;
    } good[] = {{"1H", 3600000000u},
                {"2M", 120000000u},
                {"3S", 3000000u},
                {"250m", 250000u},
                {"7u", 7u},
                {"1n", 1u},
                {"1000n", 1u},
                {"1001n", 2u},
                {"0S", 0u},
                {"00000001S", 1000000u},
                {"99999999H", 359999996400000000u}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint64_t us = 77;
        assert_ok(wire_grpc_timeout_parse(span_text(good[i].text), &us));
        assert_int_equal(us, good[i].us);
    }
    static const char *const bad[] = {"",    "S",    "1",   "1s",   "-1S",       "1 S",
                                      "+1S", "1.5S", "1SS", "0x1S", "123456789S"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t us = 77;
        assert_int_equal(wire_grpc_timeout_parse(span_text(bad[i]), &us), STATUS_MALFORMED);
        assert_int_equal(us, 77);
    }
}

static void printed_timeouts_read_back(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, 10000, 99999999};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[WIRE_GRPC_TIMEOUT_MAX];
        uint64_t us = 0;
        wire_grpc_timeout_print(values[i], text);
        assert_ok(wire_grpc_timeout_parse(span_text(text), &us));
        assert_int_equal(us, (uint64_t)values[i] * 1000);
    }
    char text[WIRE_GRPC_TIMEOUT_MAX];
    wire_grpc_timeout_print(UINT32_MAX, text);
    assert_string_equal(text, "4294967S");
}

static void statuses(void **state)
{
    (void)state;
    int code = -7;
    assert_ok(wire_grpc_status_parse(span_text("0"), &code));
    assert_int_equal(code, 0);
    assert_ok(wire_grpc_status_parse(span_text("16"), &code));
    assert_int_equal(code, 16);
    static const char *const bad[] = {"", "00", "01", "17", "-1", "1 ", "x", "100"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(wire_grpc_status_parse(span_text(bad[i]), &code), STATUS_MALFORMED);
    }
    assert_string_equal(wire_grpc_code_name(0), "OK");
    assert_string_equal(wire_grpc_code_name(16), "UNAUTHENTICATED");
    assert_string_equal(wire_grpc_code_name(17), "UNKNOWN");
    assert_string_equal(wire_grpc_code_name(-1), "UNKNOWN");
}

static void content_types(void **state)
{
    (void)state;
    static const char *const good[] = {"application/grpc", "application/grpc+proto",
                                       "application/grpc;charset=utf-8",
                                       "application/grpc+proto; x=1"};
    static const char *const bad[] = {"",
                                      "application/json",
                                      "application/grpcx",
                                      "application/grpc+json",
                                      "application/grpc-web",
                                      "application/grp"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(wire_grpc_content_type_fits(span_text(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(wire_grpc_content_type_fits(span_text(bad[i])));
    }
}

static void messages(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf text;
    buf_init(&text, 100);
    wire_grpc_message_encode("100 % \xC3\xBC\n~", &text);
    assert_span_equal(buf_span(&text), span_text("100 %25 %C3%BC%0A~"));
    char back[32];
    wire_grpc_message_decode(span_text("100 %25 %C3%bc~"), back, sizeof(back));
    assert_string_equal(back, "100 % \xC3\xBC~");
    wire_grpc_message_decode(span_text("%"), back, sizeof(back));
    assert_string_equal(back, "%");
    wire_grpc_message_decode(span_text("%4"), back, sizeof(back));
    assert_string_equal(back, "%4");
    wire_grpc_message_decode(span_text("%zz%1B[31m%FF"), back, sizeof(back));
    assert_string_equal(back, "%zz [31m?"); /* no escape sequence reaches a terminal */
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[4];
    utf8_clean(span_text("a\xC3\xBC\xC3\xBC"), text, sizeof(text));
    assert_string_equal(text, "a\xC3\xBC");
    utf8_clean(span_text("\xED\xA0\x80"), text, sizeof(text)); /* a surrogate */
    assert_string_equal(text, "???");
    utf8_clean(span_text("\xC0\xAF"), text, sizeof(text)); /* overlong */
    assert_string_equal(text, "??");
    utf8_clean(span_text("\xF0\x9F\x94\x91"), text, sizeof(text));
    assert_string_equal(text, ""); /* four bytes do not fit beside the NUL */
}

static void binaries(void **state)
{
    (void)state;
    for (size_t size = 0; size < 10; size++) {
        const uint8_t bytes[10] = {0, 255, 1, 254, 2, 253, 3, 252, 4, 251};
        AUTO(buf_done) struct buf text;
        AUTO(buf_done) struct buf back;
        buf_init(&text, 64);
        buf_init(&back, 64);
        wire_grpc_binary_encode(span_make(bytes, size), &text);
        assert_int_equal(text.size, (size * 4 + 2) / 3);
        assert_ok(wire_grpc_binary_decode(buf_span(&text), &back));
        assert_span_equal(buf_span(&back), span_make(bytes, size));
    }
    AUTO(buf_done) struct buf back;
    buf_init(&back, 64);
    assert_ok(wire_grpc_binary_decode(span_text("AA=="), &back));
    assert_int_equal(back.size, 1);
    assert_int_equal(wire_grpc_binary_decode(span_text("A"), &back), STATUS_MALFORMED);
    assert_int_equal(wire_grpc_binary_decode(span_text("A*AA"), &back), STATUS_MALFORMED);
}

static void codes_without_grpc_status(void **state)
{
    (void)state;
    static const int resets[] = {13, 13, 13, 13, 13, 13, 13, 14, 1, 13, 13, 8, 7, 13};
    for (uint32_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++) {
        assert_int_equal(wire_grpc_code_of_reset(i), resets[i]);
    }
    static const int http[][2] = {{400, 13}, {401, 16}, {403, 7},  {404, 12}, {429, 14},
                                  {431, 13}, {502, 14}, {503, 14}, {504, 14}, {418, 2}};
    for (size_t i = 0; i < sizeof(http) / sizeof(http[0]); i++) {
        assert_int_equal(wire_grpc_code_of_http(http[i][0]), http[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeouts), cmocka_unit_test(printed_timeouts_read_back),
        cmocka_unit_test(statuses), cmocka_unit_test(content_types),
        cmocka_unit_test(messages), cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(binaries), cmocka_unit_test(codes_without_grpc_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

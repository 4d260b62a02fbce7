#include "lib/matter/base38.h"

#include "lib/base/hex.h"
#include "tests/support/test.h"

static const struct {
    const char *bytes; /* hexadecimal */
    const char *text;
} vectors[] = {
    {"", ""},
    {"0a", "A0"},
    {"0a0a", "OT10"},
    {"0a0a0a", "-N.B0"},
    {"ff", "R6"},
    {"ffff", "NE71"},
    {"ffffff", "PLS18"},
    {"48656c6c6f20576f726c6421", "KKHF3W2S013OPM3EJX11"},
};

static void known_texts_both_ways(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        AUTO(buf_done) struct buf bytes;
        AUTO(buf_done) struct buf decoded;
        buf_init(&bytes, 64);
        buf_init(&decoded, 64);
        assert_ok(hex_decode(span_text(vectors[i].bytes), &bytes));
        char text[64];
        matter_base38_encode(buf_span(&bytes), text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(strlen(text), matter_base38_length(bytes.size));
        assert_ok(matter_base38_decode(span_text(text), &decoded));
        assert_span_equal(buf_span(&decoded), buf_span(&bytes));
    }
}

static void every_byte_and_pair_comes_back(void **context)
{
    (void)context;
    for (unsigned value = 0; value <= 0xffff; value++) {
        uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
        char text[8];
        AUTO(buf_done) struct buf decoded;
        buf_init(&decoded, 8);
        matter_base38_encode(SPAN_OF(bytes), text);
        assert_ok(matter_base38_decode(span_text(text), &decoded));
        assert_span_equal(buf_span(&decoded), SPAN_OF(bytes));
    }
}

static void refuses_other_texts_and_appends_nothing(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "S6",       "OE71",    "QLS18",      "..", "....", ".....", /* above the group's largest */
        "A",        "AAA",     "-N.B0A",                            /* no group of 1 or 3 digits */
        "a0",       "-n.b0",   "A ",         "A!", "A*",   "A\xc3", /* not digits */
        "-N.B0A\0", "00000S6", "PLS18QLS18",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO(buf_done) struct buf bytes;
        buf_init(&bytes, 64);
        buf_append_byte(&bytes, 7);
        assert_int_equal(matter_base38_decode(span_text(texts[i]), &bytes), STATUS_MALFORMED);
        assert_int_equal(bytes.size, 1);
    }
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, 64);
    assert_int_equal(matter_base38_decode(span_make("A\0", 2), &bytes), STATUS_MALFORMED);
}

static void keeps_the_limit_of_its_buffer(void **context)
{
    (void)context;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, 2);
    assert_int_equal(matter_base38_decode(span_text("PLS18"), &bytes), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_both_ways),
        cmocka_unit_test(every_byte_and_pair_comes_back),
        cmocka_unit_test(refuses_other_texts_and_appends_nothing),
        cmocka_unit_test(keeps_the_limit_of_its_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

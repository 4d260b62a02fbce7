#include "lib/matter/verhoeff.h"

#include "tests/support/test.h"

static const char *const with_digit[] = {
    "2363",
    "23610875350",
    "636108753500000000006",
    "636108753500001000015",
    "636108753545367145260",
    "765535819165535655356",
    "34970112332",
};

static void known_check_digits(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof(with_digit) / sizeof(with_digit[0]); i++) {
        struct span whole = span_text(with_digit[i]);
        assert_int_equal(matter_verhoeff_digit(span_make(whole.data, whole.size - 1)),
                         whole.data[whole.size - 1]);
        assert_true(matter_verhoeff_valid(whole));
    }
    assert_false(matter_verhoeff_valid(span_text("02684354589")));
    assert_false(matter_verhoeff_valid(span_text("")));
    assert_true(matter_verhoeff_valid(span_text("0")));
}

static void finds_every_wrong_digit_and_every_swap(void **context)
{
    (void)context;
    char code[] = "749701123365521327687";
    assert_true(matter_verhoeff_valid(span_text(code)));
    for (size_t i = 0; i + 1 < sizeof(code); i++) {
        char right = code[i];
        for (int digit = '0'; digit <= '9'; digit++) {
            code[i] = (char)digit;
            assert_int_equal(matter_verhoeff_valid(span_text(code)), digit == right);
        }
        code[i] = right;
        if (i + 2 < sizeof(code) && code[i] != code[i + 1]) {
            code[i] = code[i + 1];
            code[i + 1] = right;
            assert_false(matter_verhoeff_valid(span_text(code)));
            code[i + 1] = code[i];
            code[i] = right;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_check_digits),
        cmocka_unit_test(finds_every_wrong_digit_and_every_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

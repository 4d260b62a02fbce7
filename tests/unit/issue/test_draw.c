/* What a unit is made of and named by: names, serial numbers, the stored form of its secrets. */
#include "tests/support/test.h"

#include "server/issue/draw.h"
#include "server/issue/unit_name.h"

static void test_unit_names(void **state)
{
    (void)state;
    char canonical[UNIT_NAME_HARDWARE_ID_SIZE];
    static const char *const GOOD[] = {"60:55:f9:01:a2:10", "60-55-F9-01-A2-10", "6055F901A210"};
    static const char *const BAD[] = {"",
                                      "60:55:f9:01:a2",
                                      "60:55:f9:01:a2:1",
                                      "60:55:f9:01:a2:1g",
                                      "60:55-f9:01:a2:10",
                                      "60.55.f9.01.a2.10",
                                      "60:55:f9:01:a2:10 ",
                                      "00:00:00:00:00:00",
                                      "ff:ff:ff:ff:ff:ff",
                                      "01:55:f9:01:a2:10"};
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        assert_ok(unit_name_hardware_id(GOOD[i], canonical, NULL));
        assert_string_equal(canonical, "60:55:f9:01:a2:10");
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_int_equal(unit_name_hardware_id(BAD[i], canonical, NULL), STATUS_INVALID);
    }
    assert_ok(unit_name_check("board 17/A", NULL));
    assert_int_equal(unit_name_check("", NULL), STATUS_INVALID);
    assert_int_equal(unit_name_check(" x", NULL), STATUS_INVALID);
    assert_int_equal(unit_name_check("a\nb", NULL), STATUS_INVALID);
    assert_int_equal(unit_name_check("\xc3\xa9", NULL), STATUS_INVALID);
}

static void test_serial_number_patterns(void **state)
{
    (void)state;
    char serial[STORE_SERIAL_NUMBER_MAX + 1];
    assert_ok(issue_draw_serial_number("LMP{random:10}-{random:3}", serial, NULL));
    assert_int_equal(strlen(serial), 17);
    assert_memory_equal(serial, "LMP", 3);
    assert_int_equal(serial[13], '-');
    static const char *const BAD[] = {"{random:0}",  "{random:33}", "{random:x}",
                                      "{counter:3}", "{random:10",  "{random:}",
                                      "{",           "{random:-1}", "{random:20}{random:13}"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_int_equal(issue_draw_serial_number(BAD[i], serial, NULL), STATUS_INVALID);
    }
}

static void test_secrets_survive_encoding(void **state)
{
    (void)state;
    struct issue_secrets secrets;
    uint8_t bytes[ISSUE_SECRETS_SIZE];
    struct secret back = {0};
    memset(&secrets, 0, sizeof(secrets));
    secrets.passcode = 20202021;
    secrets.discriminator = 0xABC;
    secrets.salt_size = 16;
    memset(secrets.salt, 1, sizeof(secrets.salt));
    memset(secrets.verifier, 2, sizeof(secrets.verifier));
    memset(secrets.dac_key, 3, sizeof(secrets.dac_key));
    secrets.has_rotating_id = true;
    memset(secrets.rotating_id, 4, sizeof(secrets.rotating_id));
    memset(secrets.nonce, 5, sizeof(secrets.nonce));
    issue_draw_encode(&secrets, bytes);
    assert_ok(issue_draw_decode(SPAN_OF(bytes), &back));
    assert_memory_equal(issue_draw_secrets(&back), &secrets, sizeof(secrets));
    secret_wipe(&back);
    assert_int_equal(issue_draw_decode(span_make(bytes, sizeof(bytes) - 1), &back),
                     STATUS_DATA_LOSS);
    bytes[6] = 33; /* a salt longer than its place */
    assert_int_equal(issue_draw_decode(SPAN_OF(bytes), &back), STATUS_DATA_LOSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unit_names),
        cmocka_unit_test(test_serial_number_patterns),
        cmocka_unit_test(test_secrets_survive_encoding),
    };
    return cmocka_run_group_tests_name("draw", tests, NULL, NULL);
}

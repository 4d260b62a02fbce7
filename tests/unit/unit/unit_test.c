/* What a unit is named by and made of, without a server. */
#include "tests/support/test.h"

#include "lib/unit/draw.h"
#include "lib/unit/name.h"
#include "lib/unit/serial.h"

/* 0, 1, 2 … instead of randomness. */
static status_t count(void *context, void *ret_bytes, size_t size)
{
    uint8_t *next = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (*next)++;
    }
    return STATUS_OK;
}

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

static void test_uuid(void **state)
{
    (void)state;
    uint8_t next = 0xF0;
    const struct unit_random counted = {&next, count};
    char uuid[37];
    assert_ok(unit_draw_uuid(&counted, uuid));
    assert_string_equal(uuid, "f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff"); /* RFC 4122 §4.4 */
}

static void test_dac_serial(void **state)
{
    (void)state;
    uint8_t next = 0xFF;
    const struct unit_random counted = {&next, count};
    uint8_t serial[MATTER_SERIAL_SIZE];
    assert_ok(unit_draw_dac_serial(&counted, serial));
    assert_int_equal(serial[0], 0x7F);
    assert_int_equal(serial[1], 0x00);
}

static status_t refuse(void *context, void *ret_bytes, size_t size)
{
    (void)context;
    (void)ret_bytes;
    (void)size;
    return STATUS_CRYPTO;
}

static void test_no_randomness(void **state)
{
    (void)state;
    static const struct unit_random none = {NULL, refuse};
    struct unit_product product = {.fixed_discriminator = -1, .salt_length = 32};
    uint8_t public_key[65];
    char serial_number[UNIT_SERIAL_NUMBER_MAX + 1];
    struct secret secrets = {0};
    assert_int_equal(unit_draw_secrets(&product, NULL, &none, 0, public_key, &secrets),
                     STATUS_CRYPTO);
    assert_null(secrets.data);
    const struct unit_serial serial = {.pattern = "{random:1}", .random = &none, .hardware_id = ""};
    assert_int_equal(unit_serial_draw(&serial, serial_number, NULL), STATUS_CRYPTO);
}

/* What is for class test only, is refused for every other. */
static void test_class_test_only(void **state)
{
    (void)state;
    struct unit_product product = {.product_class = UNIT_CLASS_TEST};
    assert_ok(unit_product_allow_key_file(&product, NULL));
    assert_ok(unit_product_allow_fixed(&product, 2, "--passcode", NULL));
    const enum unit_class others[] = {UNIT_CLASS_PROVISIONAL, UNIT_CLASS_PRODUCTION};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct problem problem = {0};
        product.product_class = others[i];
        assert_int_equal(unit_product_allow_key_file(&product, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "PAI_KEY_CLASS");
        assert_int_equal(unit_product_allow_fixed(&product, 2, "--passcode", &problem),
                         STATUS_REFUSED);
        assert_string_equal(problem.reason, "FIXED_VALUE");
        assert_string_equal(problem.field, "--passcode");
        assert_ok(unit_product_allow_fixed(&product, 1, "--passcode", &problem));
        assert_ok(unit_product_allow_fixed(&product, 0, "--passcode", &problem));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unit_names),      cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_dac_serial),      cmocka_unit_test(test_no_randomness),
        cmocka_unit_test(test_class_test_only),
    };
    return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}

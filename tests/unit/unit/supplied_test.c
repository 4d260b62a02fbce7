/* Supplied values: what goes together, what is missing or too much, and that all of it reaches the
 * image instead of drawn values. */
#include "lib/base/hex.h"
#include "lib/matter/spake2p.h"
#include "lib/unit/draw.h"
#include "lib/unit/pattern.h"
#include "tests/support/test.h"

/* matter_spake2p_verifier(20202021, "SPAKE2P Key Salt", 1000) */
static const char salt_text[] = "SPAKE2P Key Salt";
static uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
static const uint8_t rotating_id[16] = {1, 2, 3};

static status_t count(void *context, void *ret_bytes, size_t size)
{
    uint8_t *next = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (*next)++;
    }
    return STATUS_OK;
}

static struct unit_product wanting_product(void)
{
    return (struct unit_product){
        .name = "lamp",
        .image.spake2p_iterations = 10000,
        .fixed_discriminator = -1,
        .salt_length = 32,
        .rotating_id = true,
        .wants = {true, true, true, true, true, true},
        .serial_number_shape = "LMP[0-9]{4}",
    };
}

static struct unit_supplied all_supplied(void)
{
    assert_ok(matter_spake2p_verifier(20202021, span_text(salt_text), 1000, verifier));
    return (struct unit_supplied){
        .serial_number = "LMP0042",
        .manufacturing_date = "2026-02-03",
        .discriminator = {true, 77},
        .passcode = {true, 20202021},
        .iterations = {true, 1000},
        .salt = span_text(salt_text),
        .verifier = SPAN_OF(verifier),
        .rotating_id = SPAN_OF(rotating_id),
    };
}

static void all_of_it_is_taken(void **context)
{
    (void)context;
    uint8_t next = 0, public_key[65];
    const struct unit_random counted = {&next, count};
    const struct unit_product product = wanting_product();
    const struct unit_supplied supplied = all_supplied();
    AUTO(secret_wipe) struct secret memory = {0};
    struct problem problem = {0};
    assert_ok(unit_supplied_check_product(&product, &problem));
    assert_ok(unit_supplied_check(&product, &supplied, &problem));
    assert_ok(unit_draw_secrets(&product, &supplied, &counted, 0, public_key, &memory));
    const struct unit_secrets *secrets = unit_secrets_of(&memory);
    assert_int_equal(secrets->discriminator, 77);
    assert_int_equal(secrets->passcode, 20202021);
    assert_span_equal(span_make(secrets->salt, secrets->salt_size), span_text(salt_text));
    assert_memory_equal(secrets->verifier, verifier, sizeof(verifier));
    assert_true(secrets->has_rotating_id);
    assert_memory_equal(secrets->rotating_id, rotating_id, sizeof(rotating_id));
    assert_string_equal(secrets->manufacturing_date, "2026-02-03");
}

/* A passcode alone: salt and verifier are made here. */
static void a_passcode_alone(void **context)
{
    (void)context;
    uint8_t next = 0, public_key[65], wanted[MATTER_SPAKE2P_VERIFIER_SIZE];
    const struct unit_random counted = {&next, count};
    struct unit_product product = wanting_product();
    const struct unit_supplied supplied = {.passcode = {true, 34567890}};
    AUTO(secret_wipe) struct secret memory = {0};
    product.wants = (struct unit_wants){.passcode = true};
    product.serial_number_shape = "";
    product.image.spake2p_iterations = 1000;
    assert_ok(unit_supplied_check(&product, &supplied, NULL));
    assert_ok(unit_draw_secrets(&product, &supplied, &counted, 0, public_key, &memory));
    const struct unit_secrets *secrets = unit_secrets_of(&memory);
    assert_int_equal(secrets->salt_size, 32);
    assert_ok(matter_spake2p_verifier(34567890, span_make(secrets->salt, 32), 1000, wanted));
    assert_memory_equal(secrets->verifier, wanted, sizeof(wanted));
}

/* ---- refusals ---- */

static void refuse(const struct unit_product *product, const struct unit_supplied *supplied,
                   const char *reason, const char *field)
{
    struct problem problem = {0};
    status_t status = unit_supplied_check(product, supplied, &problem);
    assert_int_not_equal(status, STATUS_OK);
    assert_int_equal(problem.status, status);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, field);
}

static void missing_and_too_much(void **context)
{
    (void)context;
    static const char *const fields[] = {
        "serial_number",          "manufacturing_date",     "commissioning.discriminator",
        "commissioning.passcode", "commissioning.verifier", "rotating_device_id_unique_id"};
    const struct unit_product wanting = wanting_product();
    const struct unit_supplied all = all_supplied();
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct unit_supplied less = all;
        struct unit_product product = wanting;
        bool *const wants[] = {&product.wants.serial_number, &product.wants.manufacturing_date,
                               &product.wants.discriminator, &product.wants.passcode,
                               &product.wants.verifier,      &product.wants.rotating_id};
        char field[PROBLEM_FIELD_MAX];
        less.serial_number = i == 0 ? NULL : less.serial_number;
        less.manufacturing_date = i == 1 ? NULL : less.manufacturing_date;
        less.discriminator.given = i != 2;
        less.passcode.given = i != 3;
        less.salt.size = i == 4 ? 0 : less.salt.size;
        less.verifier.size = i == 4 ? 0 : less.verifier.size;
        less.rotating_id.size = i == 5 ? 0 : less.rotating_id.size;
        refuse(&product, &less, "SUPPLIED_MISSING", fields[i]);
        *wants[i] = false;
        refuse(&product, &all, "SUPPLIED_UNKNOWN", fields[i]);
        product.wants = (struct unit_wants){0};
        assert_false(unit_supplied_wanted(&product, field));
        *wants[i] = true;
        assert_true(unit_supplied_wanted(&product, field));
        assert_string_equal(field, fields[i]);
    }
}

static void values_out_of_range(void **context)
{
    (void)context;
    const struct unit_product product = wanting_product();
    struct unit_supplied unit = all_supplied();
    unit.serial_number = "LMP004";
    refuse(&product, &unit, "SERIAL_NUMBER_SHAPE", "serial_number");
    unit.serial_number = "";
    refuse(&product, &unit, "TEXT_LENGTH", "serial_number");
    unit = all_supplied();
    unit.manufacturing_date = "yesterday";
    refuse(&product, &unit, "MANUFACTURING_DATE", "manufacturing_date");
    unit = all_supplied();
    unit.discriminator.value = 4096;
    refuse(&product, &unit, "DISCRIMINATOR_RANGE", "commissioning.discriminator");
    unit = all_supplied();
    unit.passcode.value = 11111111;
    refuse(&product, &unit, "PASSCODE_FORBIDDEN", "commissioning.passcode");
    unit = all_supplied();
    unit.passcode.value = 20202022;
    refuse(&product, &unit, "VERIFIER_MISMATCH", "commissioning.verifier");
    unit = all_supplied();
    unit.iterations.given = false; /* then the product's 10000 */
    refuse(&product, &unit, "VERIFIER_MISMATCH", "commissioning.verifier");
    unit.iterations = (struct image_number){true, 999};
    refuse(&product, &unit, "SPAKE2P_ITERATIONS", "commissioning.spake2p_iterations");
    unit = all_supplied();
    unit.salt.size = 15;
    refuse(&product, &unit, "VALUE_SIZE", "commissioning.spake2p_salt");
    unit = all_supplied();
    unit.verifier.size = 96;
    refuse(&product, &unit, "VALUE_SIZE", "commissioning.verifier");
    unit = all_supplied();
    unit.rotating_id.size = 15;
    refuse(&product, &unit, "VALUE_SIZE", "rotating_device_id_unique_id");
}

static void a_dac_comes_with_its_key(void **context)
{
    (void)context;
    struct unit_product product = wanting_product();
    struct unit_supplied supplied = all_supplied();
    supplied.dac = span_text("dac");
    refuse(&product, &supplied, "SUPPLIED_UNKNOWN", "dac.key");
    product.dac_supplied = true;
    refuse(&product, &supplied, "SUPPLIED_MISSING", "dac.key");
    supplied.dac_key = span_text("key");
    assert_ok(unit_supplied_check(&product, &supplied, NULL));
}

static void iterations_need_their_verifier(void **context)
{
    (void)context;
    struct unit_product product = wanting_product();
    const struct unit_supplied supplied = {.iterations = {true, 1000}};
    product.wants = (struct unit_wants){0};
    refuse(&product, &supplied, "SUPPLIED_UNKNOWN", "commissioning.spake2p_iterations");
}

static void products_that_contradict_themselves(void **context)
{
    (void)context;
    struct problem problem = {0};
    struct unit_product product = wanting_product();
    product.wants.passcode = false;
    assert_int_not_equal(unit_supplied_check_product(&product, &problem), STATUS_OK);
    assert_string_equal(problem.reason, "VERIFIER_PASSCODE");
    product.fixed_passcode = 20202021; /* then it is known */
    assert_ok(unit_supplied_check_product(&product, &problem));
    product.image.dynamic_passcode = true;
    assert_int_not_equal(unit_supplied_check_product(&product, &problem), STATUS_OK);
    product = wanting_product();
    product.wants.serial_number = false;
    assert_int_not_equal(unit_supplied_check_product(&product, &problem), STATUS_OK);
    assert_string_equal(problem.field, "serial_number_pattern");
    product = wanting_product();
    product.serial_number_shape = "LMP[";
    assert_int_not_equal(unit_supplied_check_product(&product, &problem), STATUS_OK);
    assert_string_equal(problem.reason, "SERIAL_NUMBER_SHAPE");
}

/* ---- shapes ---- */

static void shapes(void **context)
{
    (void)context;
    static const struct {
        const char *pattern;
        const char *yes;
        const char *no[4];
    } cases[] = {
        {"LMP[0-9]{10}", "LMP0123456789", {"LMP012345678", "LMP01234567890", "lmp0123456789", ""}},
        {"[A-CX]{2,3}-.", "AXC-~", {"AX-", "D-1", "AXCC-1", "-1"}},
        {"\\[[\\]\\\\a-]{1}x{0,2}", "[]xx", {"[x]", "[", "[]xxx", "[b"}},
        {"a{0,3}a{2}", "aaaaa", {"a", "aaaaaa", "b", ""}},
        {"[0-9]{0,32}[0-9]{0,32}9", "1119", {"1118", "", "119a", "x9"}},
    };
    static const char *const bad[] = {"[",      "[]",   "[z-a]", "a{",  "a{}",     "a{33}",
                                      "a{3,2}", "a{0}", "a{1,2", "(a)", "a*",      "a|b",
                                      "\\",     "]",    "a}",    "^a$", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_ok(unit_pattern_check(cases[i].pattern, NULL));
        assert_true(unit_pattern_matches(cases[i].pattern, cases[i].yes));
        for (size_t k = 0; k < 4; k++) {
            assert_false(unit_pattern_matches(cases[i].pattern, cases[i].no[k]));
        }
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (unit_pattern_check(bad[i], NULL) == STATUS_OK) {
            fail_msg("%s was taken", bad[i]);
        }
    }
    assert_false(unit_pattern_matches(".{32}.{32}", "0123456789012345678901234567890123456789"
                                                    "012345678901234567890123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_taken),
        cmocka_unit_test(a_passcode_alone),
        cmocka_unit_test(missing_and_too_much),
        cmocka_unit_test(values_out_of_range),
        cmocka_unit_test(a_dac_comes_with_its_key),
        cmocka_unit_test(iterations_need_their_verifier),
        cmocka_unit_test(products_that_contradict_themselves),
        cmocka_unit_test(shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

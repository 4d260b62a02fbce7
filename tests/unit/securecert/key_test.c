/* Plaintext and derived keys. */
#include "lib/securecert/key.h"

#include "lib/base/hex.h"
#include "lib/pki/private_key.h"
#include "tests/unit/securecert/fixture.h"

static struct problem problem;

static void a_scalar_becomes_the_firmwares_der(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    uint8_t point[PKI_POINT_SIZE];
    struct span found;
    AUTO(buf_done) struct buf value;
    AUTO(secret_wipe) struct secret scalar = {0};
    buf_init(&value, SECURECERT_SEC1_SIZE);
    assert_ok(pki_plain_key_public(SPAN_OF(made->scalar), point));
    assert_ok(securecert_key_encode(SPAN_OF(made->scalar), &value, &problem));
    assert_int_equal(value.size, 121);
    assert_memory_equal(value.data + 7, made->scalar, 32); /* where the firmware reads */
    assert_memory_equal(value.data + 56, point, 65);
    assert_ok(securecert_key_decode(buf_span(&value), &found, &problem));
    assert_span_equal(found, SPAN_OF(point));
    /* another reader of the same format agrees */
    assert_ok(pki_private_key_decode(buf_span(&value), &scalar, &problem));
    assert_span_equal(secret_span(&scalar), SPAN_OF(made->scalar));
}

static void every_wrong_byte_of_a_key_is_refused(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct span found;
    AUTO(buf_done) struct buf value;
    buf_init(&value, 200);
    assert_ok(securecert_key_encode(SPAN_OF(made->scalar), &value, &problem));
    for (size_t i = 0; i < value.size; i++) {
        value.data[i] ^= 1;
        status_t status = securecert_key_decode(buf_span(&value), &found, &problem);
        assert_true(status == STATUS_MALFORMED || status == STATUS_INVALID);
        assert_string_equal(problem.reason, "SECURECERT_KEY");
        value.data[i] ^= 1;
    }
    struct span shorter = span_make(value.data, value.size - 1);
    assert_refused(securecert_key_decode(shorter, &found, &problem), STATUS_MALFORMED,
                   "SECURECERT_KEY");
    buf_append_byte(&value, 0);
    assert_refused(securecert_key_decode(buf_span(&value), &found, &problem), STATUS_MALFORMED,
                   "SECURECERT_KEY");
}

static void what_is_no_scalar_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[33] = {0};
    AUTO(buf_done) struct buf value;
    buf_init(&value, SECURECERT_SEC1_SIZE);
    assert_refused(securecert_key_encode(span_make(bytes, 32), &value, &problem), STATUS_INVALID,
                   "SECURECERT_KEY");
    bytes[5] = 1;
    assert_refused(securecert_key_encode(span_make(bytes, 33), &value, &problem), STATUS_INVALID,
                   "SECURECERT_KEY");
    assert_int_equal(value.size, 0);
}

/* Computed by an independent PBKDF2 and point multiplication. */
static void a_key_is_derived_as_the_chip_does(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    AUTO(secret_wipe) struct secret scalar = {0};
    uint8_t point[PKI_POINT_SIZE];
    char text[2 * PKI_POINT_SIZE + 1];
    assert_ok(securecert_key_derive(SPAN_OF(made->hmac_key), SPAN_OF(made->hmac_salt), &scalar,
                                    point, &problem));
    hex_encode(secret_span(&scalar), text);
    assert_string_equal(text, "72de330531b8123abf0e362bb71fa972c1181a6e4e9a5acccf966659f07cb488");
    hex_encode(SPAN_OF(point), text);
    assert_string_equal(text, "0487a2a33b22f97cce910020646dee5389b2112060d490d547a6c8cebd64fe3c58"
                              "5e54f0e298ca5a387fd551e2ac8ef8b53f2e7c1d7124cad31c1e3c1c77516a8c");
}

static void wrong_lengths_for_derivation_are_refused(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct secret scalar = {0};
    uint8_t point[PKI_POINT_SIZE];
    struct span key = SPAN_OF(made->hmac_key);
    struct span salt = SPAN_OF(made->hmac_salt);
    assert_refused(securecert_key_derive(span_make(key.data, 31), salt, &scalar, point, &problem),
                   STATUS_INVALID, "SECURECERT_HMAC_KEY_SIZE");
    assert_refused(securecert_key_derive(key, span_make(salt.data, 31), &scalar, point, &problem),
                   STATUS_INVALID, "SECURECERT_HMAC_SALT_SIZE");
    assert_null(scalar.data);
}

static void derived_bytes_that_are_no_scalar_ask_for_another_salt(void **state)
{
    (void)state;
    uint8_t zero[32] = {0};
    AUTO(buf_done) struct buf order;
    AUTO(secret_wipe) struct secret scalar = {0};
    uint8_t point[PKI_POINT_SIZE];
    buf_init(&order, 32);
    assert_ok(hex_decode(
        span_text("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"), &order));
    assert_refused(securecert_key_accept(SPAN_OF(zero), &scalar, point, &problem), STATUS_INVALID,
                   "SECURECERT_HMAC_SALT_UNUSABLE");
    assert_refused(securecert_key_accept(buf_span(&order), &scalar, point, &problem),
                   STATUS_INVALID, "SECURECERT_HMAC_SALT_UNUSABLE");
    order.data[31]--;
    assert_ok(securecert_key_accept(buf_span(&order), &scalar, point, &problem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalar_becomes_the_firmwares_der),
        cmocka_unit_test(every_wrong_byte_of_a_key_is_refused),
        cmocka_unit_test(what_is_no_scalar_is_refused),
        cmocka_unit_test(a_key_is_derived_as_the_chip_does),
        cmocka_unit_test(wrong_lengths_for_derivation_are_refused),
        cmocka_unit_test(derived_bytes_that_are_no_scalar_ask_for_another_salt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Our PBKDF2 loop against OpenSSL's. */
#include <openssl/evp.h>

#include "lib/matter/pbkdf2.h"
#include "tests/support/test.h"

static uint32_t state = 0x6d696e74;

/* Repeatable bytes: a failure can be run again. */
static uint8_t next_byte(void)
{
    state = state * 1664525u + 1013904223u;
    return (uint8_t)(state >> 24);
}

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = next_byte();
    }
}

static void compare(size_t password_size, size_t salt_size, uint32_t iterations, size_t size)
{
    uint8_t password[MATTER_PBKDF2_PASSWORD_MAX], salt[MATTER_PBKDF2_SALT_MAX];
    uint8_t ours[160], theirs[160];
    fill(password, password_size);
    fill(salt, salt_size);
    memset(ours, 0xa5, sizeof(ours));
    matter_pbkdf2_derive(span_make(password, password_size), span_make(salt, salt_size), iterations,
                         ours, size);
    assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)password, (int)password_size, salt,
                                       (int)salt_size, (int)iterations, EVP_sha256(), (int)size,
                                       theirs),
                     1);
    assert_memory_equal(ours, theirs, size);
    assert_int_equal(ours[size], 0xa5); /* not a byte too many */
}

static void equals_openssl_for_each_salt_length(void **context)
{
    (void)context;
    for (size_t salt_size = 1; salt_size <= MATTER_PBKDF2_SALT_MAX; salt_size++) {
        compare(4, salt_size, 1, 80);
        compare(4, salt_size, 1 + next_byte(), 80);
    }
}

static void equals_openssl_for_each_password_length(void **context)
{
    (void)context;
    for (size_t password_size = 1; password_size <= MATTER_PBKDF2_PASSWORD_MAX; password_size++) {
        compare(password_size, 32, 7, 80);
    }
}

static void equals_openssl_for_each_output_length(void **context)
{
    (void)context;
    for (size_t size = 1; size < 130; size++) {
        compare(4, 16, 3, size);
    }
}

static void equals_openssl_at_the_iterations_in_use(void **context)
{
    (void)context;
    compare(4, 32, 1000, 80);
    compare(4, 16, 10000, 80);
    compare(32, 32, 2048, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_openssl_for_each_salt_length),
        cmocka_unit_test(equals_openssl_for_each_password_length),
        cmocka_unit_test(equals_openssl_for_each_output_length),
        cmocka_unit_test(equals_openssl_at_the_iterations_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Our PBKDF2 loops, one block after the other and interleaved, against OpenSSL's. */
#include <openssl/evp.h>

#include "lib/matter/pbkdf2.h"
#include "lib/matter/pbkdf2_lanes.h"
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

static uint32_t next_between(uint32_t least, uint32_t most)
{
    uint32_t value = (uint32_t)next_byte() << 8 | next_byte();
    return least + value % (most - least + 1);
}

/* matter_pbkdf2_derive takes the lanes where the processor has them. */
static void compare(size_t password_size, size_t salt_size, uint32_t iterations, size_t size)
{
    uint8_t password[MATTER_PBKDF2_PASSWORD_MAX], salt[MATTER_PBKDF2_SALT_MAX];
    uint8_t ours[160], portable[160], theirs[160];
    fill(password, password_size);
    fill(salt, salt_size);
    memset(ours, 0xa5, sizeof(ours));
    memset(portable, 0xa5, sizeof(portable));
    struct span password_span = span_make(password, password_size);
    struct span salt_span = span_make(salt, salt_size);
    matter_pbkdf2_derive(password_span, salt_span, iterations, ours, size);
    matter_pbkdf2_derive_portable(password_span, salt_span, iterations, portable, size);
    assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)password, (int)password_size, salt,
                                       (int)salt_size, (int)iterations, EVP_sha256(), (int)size,
                                       theirs),
                     1);
    assert_memory_equal(portable, theirs, size);
    assert_memory_equal(ours, portable, sizeof(ours)); /* not a byte too many */
    assert_int_equal(ours[size], 0xa5);
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

static void equals_openssl_for_random_verifiers(void **context)
{
    (void)context;
    for (int i = 0; i < 200; i++) {
        compare(next_between(1, 8), next_between(16, 32), next_between(1, 2000),
                next_between(1, 96));
    }
}

/* The block numbers of a second and third set of lanes, and a last block alone. */
static void equals_openssl_beyond_one_set_of_lanes(void **context)
{
    (void)context;
    for (size_t size = 97; size < 160; size++) {
        compare(4, 32, next_between(1, 50), size);
    }
}

/* Each lane gives what it gives among copies of itself, wherever it stands. */
static void lanes_do_not_depend_on_each_other(void **context)
{
    (void)context;
    if (!matter_pbkdf2_lanes_supported()) {
        print_message(
            "this processor lacks the instructions: the portable loop alone was tested\n");
        skip();
    }
    uint32_t inner[MATTER_PBKDF2_WORDS], outer[MATTER_PBKDF2_WORDS];
    uint32_t first[MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS];
    fill((uint8_t *)inner, sizeof(inner));
    fill((uint8_t *)outer, sizeof(outer));
    fill((uint8_t *)first, sizeof(first));
    uint32_t all[MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS];
    memcpy(all, first, sizeof(all));
    matter_pbkdf2_lanes_run(inner, outer, 20, all);
    for (size_t lane = 0; lane < MATTER_PBKDF2_LANES; lane++) {
        uint32_t same[MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS];
        for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
            memcpy(same[i], first[lane], sizeof(same[i]));
        }
        matter_pbkdf2_lanes_run(inner, outer, 20, same);
        for (size_t i = 0; i < MATTER_PBKDF2_LANES; i++) {
            assert_memory_equal(same[i], all[lane], sizeof(same[i]));
        }
    }
    matter_pbkdf2_lanes_run(inner, outer, 1, first); /* U_1 alone: nothing to add */
    matter_pbkdf2_lanes_run(inner, outer, 20, first);
    assert_memory_equal(first, all, sizeof(all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_openssl_for_each_salt_length),
        cmocka_unit_test(equals_openssl_for_each_password_length),
        cmocka_unit_test(equals_openssl_for_each_output_length),
        cmocka_unit_test(equals_openssl_at_the_iterations_in_use),
        cmocka_unit_test(equals_openssl_for_random_verifiers),
        cmocka_unit_test(equals_openssl_beyond_one_set_of_lanes),
        cmocka_unit_test(lanes_do_not_depend_on_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

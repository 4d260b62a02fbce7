#include "lib/matter/spake2p.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "lib/base/hex.h"
#include "tests/support/test.h"

static const struct {
    uint32_t passcode;
    uint32_t iterations;
    const char *salt; /* hexadecimal */
    const char *verifier;
} vectors[] = {
    {20202021, 1000, "5350414b453250204b65792053616c74",
     "uWFwqugDNGiEck/po7KHwwMwwqZgN10XuyBajPGuyzUEV/iree4lOrao5GuwnlQ65CJzbeUB49s31EH+NEkg0JVI5MGC"
     "QGMMT/SRPFNRODm3wH/MBiehuFc6FJ/NH6Rmzw=="},
    {20202021, 10000, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "0Vz+6Zg7QOq5ukH370fOYM86F2XopdEcPwfhZ1qvTGoEctORTncWkJEVEfOZXMASljwMo0d5v3aQ1neB0fxP8Afb6gHU"
     "8kqp140vKIK6T8+qSqOQwifg0vdfiVQGt/vleg=="},
    {34567890, 100000, "30313233343536373839616263646566",
     "CPUpumOjmJjmIRrV7I88AeOb7EiL7t2cuu1Eah1QQu4EqQuyawfXEpN4iYFc0GSw7epp1utfZ51T9XbJXUH4cB40Qtbe"
     "PzYwpHykc2Oi9Dtno84B9qoAsaPqGMFyfyQB6w=="},
    {99999998, 10000, "5350414b453250204b65792053616c74",
     "o0M3hG2CpQJvTf22jxFEteRglTycvvPGjJZ8XPOPJVUEJK5371InMBzvBipZSW0A0Mw2PhZofGvWkC86Txpu7AqjO4PY"
     "4RacHdy7NVnrQLH7gChA50zFB32KW6InW+ZChg=="},
};

static void known_verifiers(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        AUTO(buf_done) struct buf salt;
        buf_init(&salt, 64);
        assert_ok(hex_decode(span_text(vectors[i].salt), &salt));
        uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
        assert_ok(matter_spake2p_verifier(vectors[i].passcode, buf_span(&salt),
                                          vectors[i].iterations, verifier));
        char text[133];
        base64_encode(SPAN_OF(verifier), text);
        assert_string_equal(text, vectors[i].verifier);
    }
}

/* The same by another road: OpenSSL's PBKDF2 and a plain reduction and multiplication. */
static void reference(uint32_t passcode, struct span salt, uint32_t iterations,
                      uint8_t ret_verifier[static MATTER_SPAKE2P_VERIFIER_SIZE])
{
    uint8_t password[4], shares[80];
    write_le32(password, passcode);
    assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)password, 4, salt.data, (int)salt.size,
                                       (int)iterations, EVP_sha256(), 80, shares),
                     1);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *w0 = BN_bin2bn(shares, 40, NULL), *w1 = BN_bin2bn(shares + 40, 40, NULL);
    EC_POINT *point = EC_POINT_new(group);
    assert_int_equal(BN_mod(w0, w0, EC_GROUP_get0_order(group), context), 1);
    assert_int_equal(BN_mod(w1, w1, EC_GROUP_get0_order(group), context), 1);
    assert_int_equal(EC_POINT_mul(group, point, w1, NULL, NULL, context), 1);
    assert_int_equal(BN_bn2binpad(w0, ret_verifier, 32), 32);
    assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
                                        ret_verifier + 32, 65, context),
                     65);
    EC_POINT_free(point);
    BN_free(w0);
    BN_free(w1);
    BN_CTX_free(context);
    EC_GROUP_free(group);
}

static void equals_the_reference_for_every_salt_length(void **context)
{
    (void)context;
    uint32_t state = 1;
    for (size_t size = MATTER_SPAKE2P_SALT_MIN; size <= MATTER_SPAKE2P_SALT_MAX; size++) {
        uint8_t salt[MATTER_SPAKE2P_SALT_MAX];
        for (size_t i = 0; i < sizeof(salt); i++) {
            state = state * 1664525u + 1013904223u;
            salt[i] = (uint8_t)(state >> 24);
        }
        uint32_t passcode = 10000000 + state % 1000000;
        uint8_t ours[MATTER_SPAKE2P_VERIFIER_SIZE], theirs[MATTER_SPAKE2P_VERIFIER_SIZE];
        reference(passcode, span_make(salt, size), 1000 + (uint32_t)size, theirs);
        assert_ok(
            matter_spake2p_verifier(passcode, span_make(salt, size), 1000 + (uint32_t)size, ours));
        assert_memory_equal(ours, theirs, sizeof(ours));
    }
}

static void forbidden_passcodes(void **context)
{
    (void)context;
    static const uint32_t forbidden[] = {0,        11111111, 22222222,  33333333,  44444444,
                                         55555555, 66666666, 77777777,  88888888,  99999999,
                                         12345678, 87654321, 100000000, UINT32_MAX};
    static const uint32_t allowed[] = {1, 12345677, 12345679, 20202021, 99999998};
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        assert_false(matter_spake2p_passcode_valid(forbidden[i]));
    }
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        assert_true(matter_spake2p_passcode_valid(allowed[i]));
    }
}

static void refuses_what_is_out_of_range(void **context)
{
    (void)context;
    static const uint8_t salt[40];
    static const struct {
        uint32_t passcode;
        size_t salt_size;
        uint32_t iterations;
    } cases[] = {{11111111, 32, 1000}, {20202021, 15, 1000}, {20202021, 33, 1000},
                 {20202021, 0, 1000},  {20202021, 32, 999},  {20202021, 32, 100001},
                 {20202021, 32, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
        memset(verifier, 0xa5, sizeof(verifier));
        assert_int_equal(matter_spake2p_verifier(cases[i].passcode,
                                                 span_make(salt, cases[i].salt_size),
                                                 cases[i].iterations, verifier),
                         STATUS_INVALID);
        for (size_t k = 0; k < sizeof(verifier); k++) {
            assert_int_equal(verifier[k], 0xa5); /* untouched */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_verifiers),
        cmocka_unit_test(equals_the_reference_for_every_salt_length),
        cmocka_unit_test(forbidden_passcodes),
        cmocka_unit_test(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The stored form of a unit's secrets. */
#include "tests/support/test.h"

#include "server/issue/secrets.h"

static void test_secrets_survive_encoding(void **state)
{
    (void)state;
    struct unit_secrets secrets;
    uint8_t device[ISSUE_SECRETS_DEVICE_SIZE];
    uint8_t codes[ISSUE_SECRETS_CODES_SIZE];
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
    issue_secrets_encode_device(&secrets, device);
    issue_secrets_encode_codes(&secrets, codes);
    assert_ok(issue_secrets_decode(SPAN_OF(device), SPAN_OF(codes), &back));
    assert_memory_equal(unit_secrets_of(&back), &secrets, sizeof(secrets));
    secret_wipe(&back);
    assert_ok(issue_secrets_decode_codes(SPAN_OF(codes), &back));
    assert_int_equal(issue_codes_of(&back)->passcode, 20202021);
    assert_int_equal(issue_codes_of(&back)->discriminator, 0xABC);
    secret_wipe(&back);
    struct span cut = span_make(device, sizeof(device) - 1);
    assert_int_equal(issue_secrets_decode(cut, SPAN_OF(codes), &back), STATUS_DATA_LOSS);
    cut = span_make(codes, sizeof(codes) - 1);
    assert_int_equal(issue_secrets_decode(SPAN_OF(device), cut, &back), STATUS_DATA_LOSS);
    device[0] = 33; /* a salt longer than its place */
    assert_int_equal(issue_secrets_decode(SPAN_OF(device), SPAN_OF(codes), &back),
                     STATUS_DATA_LOSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_survive_encoding),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}

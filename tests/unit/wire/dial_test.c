#include "proto/wire/dial.h"

#include "tests/support/test.h"

static void addresses(void **state)
{
    (void)state;
    struct wire_address address;
    assert_ok(wire_dial_parse("mint.factory:8443", &address, NULL));
    assert_string_equal(address.host, "mint.factory");
    assert_string_equal(address.port, "8443");
    assert_ok(wire_dial_parse("[::1]:1", &address, NULL));
    assert_string_equal(address.host, "::1");
    static const char *const bad[] = {"",          "mint",    "mint:",      ":8443",      "mint:0",
                                      "mint:x",    "mint:-1", "mint:65536", "::1:8443",   "[::1]",
                                      "[::1:8443", "[]:8443", "mint:8443 ", "mint:123456"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct problem problem = {0};
        assert_int_equal(wire_dial_parse(bad[i], &address, &problem), STATUS_INVALID);
        assert_string_equal(problem.field, "server");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

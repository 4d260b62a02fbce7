#include "proto/wire/tls.h"
#include "tests/support/test.h"

static void spiffe_ids(void **state)
{
    (void)state;
    static const char *const good[] = {"spiffe://acme/station/line1-03", "spiffe://acme/a",
                                       "spiffe://acme/A.b_c-9/..."};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(wire_tls_spiffe_check(span_text(good[i]), "acme", NULL));
    }
    static const struct {
        const char *uri;
        const char *reason;
    } bad[] = {
        {"", "IDENTITY_NOT_SPIFFE"},
        {"https://acme/a", "IDENTITY_NOT_SPIFFE"},
        {"SPIFFE://acme/a", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme//a", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a/", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a/../b", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/.", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a b", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a?b", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a#b", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/a%62", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme/\xC3\xBC", "IDENTITY_NOT_SPIFFE"},
        {"spiffe://acme.evil/a", "IDENTITY_OTHER_DOMAIN"},
        {"spiffe://acm/a", "IDENTITY_OTHER_DOMAIN"},
        {"spiffe://acme:443/a", "IDENTITY_OTHER_DOMAIN"},
        {"spiffe://x@acme/a", "IDENTITY_OTHER_DOMAIN"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct problem problem = {0};
        assert_int_equal(wire_tls_spiffe_check(span_text(bad[i].uri), "acme", &problem),
                         STATUS_UNAUTHENTICATED);
        assert_string_equal(problem.reason, bad[i].reason);
    }
}

static void embedded_nul_and_length(void **state)
{
    (void)state;
    static const char nul[] = "spiffe://acme/a\0b";
    char text[300] = "spiffe://acme/";
    struct problem problem = {0};
    assert_int_equal(wire_tls_spiffe_check(span_make(nul, sizeof(nul) - 1), "acme", &problem),
                     STATUS_UNAUTHENTICATED);
    memset(text + 14, 'a', 255 - 14);
    assert_ok(wire_tls_spiffe_check(span_make(text, 255), "acme", &problem));
    text[255] = 'a';
    assert_int_equal(wire_tls_spiffe_check(span_make(text, 256), "acme", &problem),
                     STATUS_UNAUTHENTICATED);
    assert_string_equal(problem.reason, "IDENTITY_TOO_LONG");
}

static void files_that_are_none(void **state)
{
    (void)state;
    const struct wire_tls_files files = {span_text("x"), span_text("y"), span_text("z")};
    struct problem problem = {0};
    SSL_CTX *context = NULL;
    assert_int_equal(wire_tls_server_new(&files, &context, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "certificate");
    assert_null(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spiffe_ids),
        cmocka_unit_test(embedded_nul_and_length),
        cmocka_unit_test(files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

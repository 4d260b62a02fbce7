/* SPIFFE ids, alone and in certificates. */
#include "lib/pki/spiffe.h"
#include "tests/support/test.h"

static void spiffe_ids(void **state)
{
    (void)state;
    static const char *const good[] = {"spiffe://acme/station/line1-03", "spiffe://acme/a",
                                       "spiffe://acme/A.b_c-9/..."};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(pki_spiffe_check(span_text(good[i]), "acme", NULL));
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
        assert_int_equal(pki_spiffe_check(span_text(bad[i].uri), "acme", &problem),
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
    assert_int_equal(pki_spiffe_check(span_make(nul, sizeof(nul) - 1), "acme", &problem),
                     STATUS_UNAUTHENTICATED);
    memset(text + 14, 'a', 255 - 14);
    assert_ok(pki_spiffe_check(span_make(text, 255), "acme", &problem));
    text[255] = 'a';
    assert_int_equal(pki_spiffe_check(span_make(text, 256), "acme", &problem),
                     STATUS_UNAUTHENTICATED);
    assert_string_equal(problem.reason, "IDENTITY_TOO_LONG");
}

/* A certificate with these alternative names and nothing else of interest. */
static struct pki_certificate with_names(struct span names)
{
    static const uint8_t oid[] = {0x55, 0x1D, 0x11};
    struct pki_certificate certificate = {.extension_count = 1};
    certificate.extensions[0] = (struct pki_extension){.oid = SPAN_OF(oid), .value = names};
    return certificate;
}

static void in_a_certificate(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x30, 0x08, 0x82, 0x01, 'd', 0x86, 0x03, 'u', ':', 'x'};
    static const uint8_t two[] = {0x30, 0x06, 0x86, 0x01, 'a', 0x86, 0x01, 'b'};
    static const uint8_t none[] = {0x30, 0x03, 0x82, 0x01, 'd'};
    static const uint8_t cut[] = {0x30, 0x05, 0x86, 0x03, 'u', ':'};
    static const uint8_t trailing[] = {0x30, 0x03, 0x86, 0x01, 'a', 0};
    struct span uri = {0};
    struct pki_certificate certificate = with_names(SPAN_OF(one));
    assert_ok(pki_spiffe_of(&certificate, &uri));
    assert_span_equal(uri, span_text("u:x"));
    certificate = with_names(SPAN_OF(two));
    assert_int_equal(pki_spiffe_of(&certificate, &uri), STATUS_MALFORMED);
    certificate = with_names(SPAN_OF(none));
    assert_int_equal(pki_spiffe_of(&certificate, &uri), STATUS_NOT_FOUND);
    certificate = with_names(SPAN_OF(cut));
    assert_int_equal(pki_spiffe_of(&certificate, &uri), STATUS_MALFORMED);
    certificate = with_names(SPAN_OF(trailing));
    assert_int_equal(pki_spiffe_of(&certificate, &uri), STATUS_MALFORMED);
    certificate.extension_count = 0;
    assert_int_equal(pki_spiffe_of(&certificate, &uri), STATUS_NOT_FOUND);
}

/* A name is whole: the last word of a path is nobody's name. */
static void named(void **state)
{
    (void)state;
    static const char id[] = "spiffe://acme/operator/op-1";
    assert_true(pki_spiffe_is_named(id, "operator", id));
    assert_true(pki_spiffe_is_named(id, "operator", "operator/op-1"));
    assert_true(pki_spiffe_is_named(id, "operator", "op-1"));
    static const char *const others[] = {"",
                                         "op",
                                         "op-11",
                                         "station/op-1",
                                         "/op-1",
                                         "acme/operator/op-1",
                                         "spiffe://other/operator/op-1",
                                         "operator"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(pki_spiffe_is_named(id, "operator", others[i]));
    }
    assert_false(pki_spiffe_is_named(id, "station", "op-1"));
    assert_false(pki_spiffe_is_named("spiffe://acme/evil/operator/op-1", "operator", "op-1"));
    assert_false(
        pki_spiffe_is_named("spiffe://acme/evil/operator/op-1", "operator", "operator/op-1"));
    assert_false(pki_spiffe_is_named("spiffe://acme/op-1", "operator", "op-1"));
    assert_false(pki_spiffe_is_named("spiffe://acme", "operator", "op-1"));
    assert_false(pki_spiffe_is_named("operator/op-1", "operator", "op-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spiffe_ids),
        cmocka_unit_test(embedded_nul_and_length),
        cmocka_unit_test(in_a_certificate),
        cmocka_unit_test(named),
    };
    return cmocka_run_group_tests_name("spiffe", tests, NULL, NULL);
}

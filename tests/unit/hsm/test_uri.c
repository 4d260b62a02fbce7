#include "hsm/uri.h"
#include "tests/support/test.h"

static void assert_reason(const char *text, const char *reason)
{
    struct hsm_uri uri;
    struct problem problem = {0};
    assert_int_equal(hsm_uri_parse(text, "pais.a.key", &uri, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, reason);
    assert_string_equal(problem.field, "pais.a.key");
    assert_null(strstr(problem.message, "hunter2")); /* what might be a PIN is not repeated */
}

static void test_accepted(void **state)
{
    (void)state;
    struct hsm_uri uri;
    assert_ok(hsm_uri_parse("pkcs11:token=mint;object=acme-2026", "f", &uri, NULL));
    assert_string_equal(uri.token, "mint");
    assert_string_equal(uri.object, "acme-2026");
    assert_int_equal(uri.id_size, 0);
    assert_false(uri.has_class);

    assert_ok(hsm_uri_parse("pkcs11:id=%A1%00%2B;type=private;serial=0123456789abcdef;"
                            "manufacturer=SoftHSM%20project;model=SoftHSM%20v2;token=a%20b",
                            "f", &uri, NULL));
    assert_string_equal(uri.token, "a b");
    assert_string_equal(uri.serial, "0123456789abcdef");
    assert_string_equal(uri.manufacturer, "SoftHSM project");
    assert_string_equal(uri.model, "SoftHSM v2");
    assert_int_equal(uri.id_size, 3);
    assert_memory_equal(uri.id, "\xA1\x00+", 3);
    assert_true(uri.has_class);
    assert_int_equal(uri.object_class, CKO_PRIVATE_KEY);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "URI_SYNTAX"},
        {"acme-2026", "URI_SYNTAX"},
        {"PKCS11:token=mint;object=a", "URI_SYNTAX"},
        {"pkcs11:", "URI_NO_TOKEN"},
        {"pkcs11:object=a", "URI_NO_TOKEN"},
        {"pkcs11:token=mint", "URI_NO_OBJECT"},
        {"pkcs11:token=mint;object=a;", "URI_SYNTAX"},
        {"pkcs11:token=mint;;object=a", "URI_SYNTAX"},
        {"pkcs11:token=mint;object", "URI_SYNTAX"},
        {"pkcs11:token=;object=a", "URI_EMPTY"},
        {"pkcs11:token=mint;object=", "URI_EMPTY"},
        {"pkcs11:token=mint;token=other;object=a", "URI_DUPLICATE"},
        {"pkcs11:token=mint;object=a;object=b", "URI_DUPLICATE"},
        {"pkcs11:token=mint;id=%01;id=%02;object=a", "URI_DUPLICATE"},
        {"pkcs11:token=mint;object=a;pin-value=hunter2", "URI_PIN"},
        {"pkcs11:token=mint;object=a?pin-value=hunter2", "URI_PIN"},
        {"pkcs11:token=mint;object=a?pin-source=file:/etc/hunter2", "URI_PIN"},
        {"pkcs11:token=mint;object=a?pin-source=|hunter2", "URI_PIN"},
        {"pkcs11:token=mint;object=a?module-path=/tmp/evil.so", "URI_QUERY"},
        {"pkcs11:token=mint;object=a?module-name=softhsm2", "URI_QUERY"},
        {"pkcs11:token=mint;object=a?", "URI_QUERY"},
        {"pkcs11:token=mint;object=a;slot-id=0", "URI_UNKNOWN"},
        {"pkcs11:token=mint;object=a;library-manufacturer=x", "URI_UNKNOWN"},
        {"pkcs11:token=mint;object=a;x-vendor=1", "URI_UNKNOWN"},
        {"pkcs11:token=mint;Object=a", "URI_UNKNOWN"},
        {"pkcs11:token=mint;object=a;type=banana", "URI_UNKNOWN"},
        {"pkcs11:token=mint;object=a%0", "URI_SYNTAX"},
        {"pkcs11:token=mint;object=a%zz", "URI_SYNTAX"},
        {"pkcs11:token=mint;object=a%00b", "URI_LENGTH"},
        {"pkcs11:token=mint;object=a#b", "URI_SYNTAX"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_reason(cases[i].text, cases[i].reason);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    char text[HSM_URI_MAX + 100];
    struct hsm_uri uri;
    (void)snprintf(text, sizeof(text), "pkcs11:token=mint;object=%064d", 0);
    assert_ok(hsm_uri_parse(text, "f", &uri, NULL));
    assert_int_equal(strlen(uri.object), HSM_LABEL_MAX);
    (void)snprintf(text, sizeof(text), "pkcs11:token=mint;object=%065d", 0);
    assert_reason(text, "URI_LENGTH");
    (void)snprintf(text, sizeof(text), "pkcs11:token=mint;object=%01024d", 0);
    assert_reason(text, "URI_LENGTH");
    (void)snprintf(text, sizeof(text), "pkcs11:object=a;token=%032d", 0);
    assert_ok(hsm_uri_parse(text, "f", &uri, NULL));
    (void)snprintf(text, sizeof(text), "pkcs11:object=a;token=%033d", 0);
    assert_int_equal(hsm_uri_parse(text, "f", &uri, NULL), STATUS_INVALID);
}

static void test_same_token(void **state)
{
    (void)state;
    struct hsm_uri a;
    struct hsm_uri b;
    assert_ok(hsm_uri_parse("pkcs11:token=mint;object=a", "f", &a, NULL));
    assert_ok(hsm_uri_parse("pkcs11:object=b;token=mint", "f", &b, NULL));
    assert_true(hsm_uri_same_token(&a, &b));
    assert_ok(hsm_uri_parse("pkcs11:object=b;token=mint;serial=1", "f", &b, NULL));
    assert_false(hsm_uri_same_token(&a, &b));
    assert_int_equal(hsm_uri_make("", "a", &a, NULL), STATUS_USAGE);
    assert_int_equal(hsm_uri_make("mint", "", &a, NULL), STATUS_USAGE);
    assert_ok(hsm_uri_make("mint", "a", &a, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_same_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Published and foreign SPAKE2+ verifiers, where that test data is present. */
#include "lib/matter/spake2p.h"

#include <jansson.h>

#include "lib/base/hex.h"
#include "tests/support/test.h"

static json_t *file;

static uint32_t integer(const json_t *vector, const char *name)
{
    const json_t *value = json_object_get(vector, name);
    assert_true(json_is_integer(value));
    return (uint32_t)json_integer_value(value);
}

static void foreign_verifiers(void **context)
{
    (void)context;
    size_t index;
    const json_t *vector;
    const json_t *vectors = json_object_get(file, "vectors");
    assert_true(json_array_size(vectors) > 0);
    json_array_foreach(vectors, index, vector)
    {
        AUTO(buf_done) struct buf salt;
        buf_init(&salt, 64);
        assert_ok(
            base64_decode(span_text(json_string_value(json_object_get(vector, "salt"))), &salt));
        uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
        assert_ok(matter_spake2p_verifier(integer(vector, "passcode"), buf_span(&salt),
                                          integer(vector, "iterations"), verifier));
        char text[4 * ((MATTER_SPAKE2P_VERIFIER_SIZE + 2) / 3) + 1];
        base64_encode(SPAN_OF(verifier), text);
        assert_string_equal(text, json_string_value(json_object_get(vector, "verifier")));
    }
}

static void foreign_forbidden_passcodes(void **context)
{
    (void)context;
    size_t index;
    const json_t *passcode;
    const json_t *list = json_object_get(file, "rejectPasscodes");
    assert_true(json_array_size(list) > 0);
    json_array_foreach(list, index, passcode)
    {
        assert_false(matter_spake2p_passcode_valid((uint32_t)json_integer_value(passcode)));
    }
}

int main(void)
{
    const char *path = test_shared_path("attestation-vectors/spake2p.json");
    if (path == NULL) {
        test_skip("no foreign verifiers (attestation-vectors/spake2p.json)");
    }
    file = json_load_file(path, 0, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_verifiers),
        cmocka_unit_test(foreign_forbidden_passcodes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(file);
    return failed;
}

/* Published and foreign onboarding codes, valid and not, where that test data is present. */
#include "lib/matter/onboarding.h"

#include <jansson.h>

#include "tests/support/test.h"

static json_t *vectors;

static void compare(const json_t *fields, const char *name, uint32_t found)
{
    const json_t *wanted = json_object_get(fields, name);
    if (json_is_integer(wanted)) {
        assert_int_equal(found, json_integer_value(wanted));
    }
}

static void check_valid(const char *code, const json_t *fields,
                        const struct matter_onboarding *found)
{
    compare(fields, "version", found->version);
    compare(fields, "vendorId", found->vendor_id);
    compare(fields, "productId", found->product_id);
    compare(fields, "flow", (uint32_t)found->flow);
    compare(fields, "discovery", found->discovery);
    compare(fields, "discriminator", found->discriminator);
    compare(fields, "shortDiscriminator", found->discriminator >> 8u);
    compare(fields, "passcode", found->passcode);
    assert_int_equal(found->has_ids, json_is_integer(json_object_get(fields, "vendorId")));
    assert_int_equal(found->tlv.size > 0, json_is_object(json_object_get(fields, "tlv")));
    char again[MATTER_QR_SIZE];
    if (!found->from_manual_code && found->tlv.size == 0) {
        assert_ok(matter_onboarding_qr(found, again, NULL));
        assert_string_equal(again, code);
    } else if (found->from_manual_code) {
        assert_ok(matter_onboarding_manual(found, again, NULL));
        assert_string_equal(again, code);
    }
}

static void check_vector(const json_t *vector)
{
    const char *code = json_string_value(json_object_get(vector, "payload"));
    if (code == NULL) {
        code = json_string_value(json_object_get(vector, "code"));
    }
    assert_non_null(code);
    bool valid = strcmp(json_string_value(json_object_get(vector, "expected")), "valid") == 0;
    AUTO(buf_done) struct buf tlv;
    buf_init(&tlv, 4096);
    struct matter_onboarding found;
    struct problem problem = {0};
    status_t status = matter_onboarding_decode(span_text(code), &found, &tlv, &problem);
    if ((status == STATUS_OK) != valid) {
        fail_msg("%s: %s", code, problem.message);
    }
    if (valid) {
        check_valid(code, json_object_get(vector, "fields"), &found);
    }
}

static void foreign_codes(void **context)
{
    (void)context;
    size_t index;
    const json_t *vector;
    assert_true(json_array_size(vectors) > 0);
    json_array_foreach(vectors, index, vector)
    {
        check_vector(vector);
    }
}

int main(void)
{
    const char *path = test_shared_path("attestation-vectors/onboarding.json");
    if (path == NULL) {
        test_skip("no foreign onboarding codes (attestation-vectors/onboarding.json)");
    }
    json_t *file = json_load_file(path, 0, NULL);
    vectors = json_object_get(file, "vectors");
    const struct CMUnitTest tests[] = {cmocka_unit_test(foreign_codes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(file);
    return failed;
}

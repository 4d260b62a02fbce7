/* Units of products whose DAC key is elsewhere than in the factory data: issued, delivered again
 * with the same bytes, and taken by a station. */
#include <time.h>

#include "lib/image/efuse.h"
#include "lib/securecert/key.h"
#include "server/issue/secrets.h"
#include "tests/support/factory.h"
#include "tests/support/test.h"

static const char MAC[] = "60:55:f9:01:a2:10";

static void use_key(struct factory *factory, enum image_dac_key key)
{
    struct image_product *image = &factory->product.image;
    image->chip = "esp32h2";
    image->dac_key = key;
    image->dac_key_block = 1;
    image->secure_cert =
        (struct image_partition){.label = "esp_secure_cert", .offset = 0xD000, .size = 0x2000};
    struct span signers[] = {buf_span(&factory->cd_signer)};
    assert_ok(
        unit_product_check(&factory->product, signers, 1, &factory->product.product_class, NULL));
}

static struct issue_request request_of(const char *mac)
{
    struct issue_request request = factory_request(mac);
    request.chip = "esp32h2";
    return request;
}

static void assert_taken_by_a_station(const struct factory *factory,
                                      const struct issue_result *result)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    const struct span signer = buf_span(&factory->cd_signer);
    const struct image_check check = {
        .files = result->set.files,
        .file_count = result->set.file_count,
        .efuse_keys = result->set.efuse_keys,
        .efuse_key_count = result->set.efuse_key_count,
        .manifest = buf_span(&result->set.manifest),
        .flash_args = buf_span(&result->set.flash_args),
        .dac = buf_span(&result->unit.certificate),
        .pai = buf_span(&factory->pai),
        .paa = buf_span(&factory->paa),
        .qr_code = result->qr_code,
        .manual_code = result->manual_code,
        .serial_number = result->unit.serial_number,
        .cd_signers = &signer,
        .cd_signer_count = 1,
        .now = time(NULL),
    };
    if (image_set_check(&check, findings, &count, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
}

static void assert_same_sets(const struct image_set *a, const struct image_set *b)
{
    assert_int_equal(a->file_count, b->file_count);
    assert_int_equal(a->efuse_key_count, b->efuse_key_count);
    for (size_t i = 0; i < a->file_count; i++) {
        assert_span_equal(buf_span(&a->files[i].content), buf_span(&b->files[i].content));
    }
    for (size_t i = 0; i < a->efuse_key_count; i++) {
        assert_span_equal(buf_span(&a->efuse_keys[i].content), buf_span(&b->efuse_keys[i].content));
    }
    assert_span_equal(buf_span(&a->manifest), buf_span(&b->manifest));
}

/* One unit of the product as it is now: made, taken, and the same again. */
static void issue_twice(struct factory *factory, const char *mac, struct issue_result *ret_result)
{
    struct issue_result again;
    struct problem problem = {0};
    if (factory_issue(factory, request_of(mac), ret_result, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
    assert_taken_by_a_station(factory, ret_result);
    assert_ok(factory_issue(factory, request_of(mac), &again, &problem));
    assert_true(again.repeated);
    assert_same_sets(&ret_result->set, &again.set);
    issue_result_done(&again);
}

static void test_every_place_of_the_key(void **state)
{
    (void)state;
    static const enum image_dac_key KEYS[] = {IMAGE_DAC_KEY_SECURE_CERT, IMAGE_DAC_KEY_PERIPHERAL,
                                              IMAGE_DAC_KEY_DERIVED};
    static const size_t EFUSE_KEYS[] = {0, 1, 1};
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        struct factory factory;
        struct issue_result result;
        factory_init(&factory, 5);
        use_key(&factory, KEYS[i]);
        issue_twice(&factory, MAC, &result);
        assert_int_equal(result.set.file_count, 2);
        assert_int_equal(result.set.efuse_key_count, EFUSE_KEYS[i]);
        issue_result_done(&result);
        factory.product.image.commissioning_in_secure_cert = true;
        issue_twice(&factory, "60:55:f9:01:a2:14", &result);
        issue_result_done(&result);
        factory_done(&factory);
    }
}

/* The DAC is for the key that the chip will derive; the scalar itself is not kept. */
static void test_derived_key(void **state)
{
    (void)state;
    static const uint8_t ZERO[32];
    struct factory factory;
    struct issue_result result;
    uint8_t point[65];
    AUTO(secret_wipe) struct secret scalar = {0};
    factory_init(&factory, 5);
    use_key(&factory, IMAGE_DAC_KEY_DERIVED);
    issue_twice(&factory, MAC, &result);
    const struct unit_secrets *secrets = unit_secrets_of(&result.secrets);
    assert_true(secrets->has_dac_hmac);
    assert_memory_equal(secrets->dac_key, ZERO, sizeof(ZERO));
    assert_ok(securecert_key_derive(SPAN_OF(secrets->dac_hmac_key), SPAN_OF(secrets->dac_hmac_salt),
                                    &scalar, point, NULL));
    assert_memory_equal(point, result.unit.public_key, sizeof(point));
    issue_result_done(&result);
    factory_done(&factory);
}

static void test_hmac_keys_of_nvs_and_dac(void **state)
{
    (void)state;
    struct factory factory;
    struct issue_result result;
    factory_init(&factory, 5);
    factory.product.image.nvs_encryption = IMAGE_NVS_HMAC;
    factory.product.image.nvs_hmac_block = 3;
    use_key(&factory, IMAGE_DAC_KEY_DERIVED);
    issue_twice(&factory, MAC, &result);
    assert_int_equal(result.set.efuse_key_count, 2);
    assert_memory_not_equal(unit_secrets_of(&result.secrets)->dac_hmac_key,
                            unit_secrets_of(&result.secrets)->nvs_hmac_key, 32);
    issue_result_done(&result);
    factory.product.image.nvs_hmac_block = 1; /* the DAC's: one key then */
    issue_twice(&factory, "60:55:f9:01:a2:14", &result);
    assert_int_equal(result.set.efuse_key_count, 1);
    assert_memory_equal(unit_secrets_of(&result.secrets)->dac_hmac_key,
                        unit_secrets_of(&result.secrets)->nvs_hmac_key, 32);
    issue_result_done(&result);
    factory_done(&factory);
}

static int64_t not_after_of(const struct issue_result *result)
{
    struct pki_certificate dac;
    assert_ok(pki_certificate_parse(buf_span(&result->unit.certificate), &dac, NULL));
    return dac.not_after;
}

static void test_validity_and_name(void **state)
{
    (void)state;
    enum { LAST = 1893455999 }; /* 2029-12-31 23:59:59 */
    struct factory factory;
    struct issue_result result;
    struct problem problem = {0};
    factory_init(&factory, 5);
    factory.product.dac_validity.not_after = LAST;
    factory.product.dac_common_name = "ACME " UNIT_UUID " A19";
    assert_ok(factory_issue(&factory, factory_request(MAC), &result, &problem));
    assert_int_equal(not_after_of(&result), LAST);
    struct span certificate = buf_span(&result.unit.certificate);
    assert_non_null(memmem(certificate.data, certificate.size, "ACME ", 5));
    assert_non_null(memmem(certificate.data, certificate.size, " A19", 4));
    issue_result_done(&result);
    factory.product.dac_validity.not_after = 1; /* long ago */
    assert_int_equal(
        factory_issue(&factory, factory_request("60:55:f9:01:a2:14"), &result, &problem),
        STATUS_REFUSED);
    assert_string_equal(problem.reason, "DAC_VALIDITY");
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_place_of_the_key),
        cmocka_unit_test(test_derived_key),
        cmocka_unit_test(test_hmac_keys_of_nvs_and_dac),
        cmocka_unit_test(test_validity_and_name),
    };
    return cmocka_run_group_tests_name("dac_keys", tests, NULL, NULL);
}

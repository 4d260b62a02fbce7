#include "tests/support/test.h"
#include "tests/unit/image/chain.h"
#include "tests/unit/image/sample.h"

static struct chain plain, encrypted;

static int setup(void **context)
{
    (void)context;
    chain_init(&plain, false);
    chain_init(&encrypted, true);
    return 0;
}

static int teardown(void **context)
{
    (void)context;
    chain_done(&plain);
    chain_done(&encrypted);
    return 0;
}

/* ---- helpers ---- */

static void build(const struct chain *chain, struct image_set *ret_set)
{
    struct problem problem = {0};
    if (image_set_build(&chain->product, &chain->unit, ret_set, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
}

static void assert_refused(const struct image_check *check, status_t status, const char *reason)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 77;
    struct problem problem = {0};
    assert_int_equal(image_set_check(check, findings, &count, &problem), status);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(problem.status, status);
    assert_int_equal(count, 77);
}

/* What is wrong with the set that `given` makes, for a station that expects `expected`. */
static void assert_set_refused(const struct chain *given, const struct chain *expected,
                               status_t status, const char *reason)
{
    AUTO(image_set_done) struct image_set set = {0};
    build(given, &set);
    const struct image_check check = chain_check(expected, &set);
    assert_refused(&check, status, reason);
}

/* The manifest with one text replaced by another. */
static void assert_manifest_refused(const char *from, const char *to, const char *reason)
{
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(buf_done) struct buf manifest;
    build(&encrypted, &set);
    buf_init(&manifest, (size_t)64 * 1024);
    buf_append_byte(&set.manifest, '\0');
    const char *text = (const char *)set.manifest.data;
    const char *place = strstr(text, from);
    assert_non_null(place);
    buf_append(&manifest, text, (size_t)(place - text));
    buf_append_text(&manifest, to);
    buf_append_text(&manifest, place + strlen(from));
    struct image_check check = chain_check(&encrypted, &set);
    check.manifest = buf_span(&manifest);
    assert_refused(&check, STATUS_DATA_LOSS, reason);
}

/* ---- tests ---- */

static void assert_accepted(const struct chain *chain)
{
    AUTO(image_set_done) struct image_set set = {0};
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    build(chain, &set);
    const struct image_check check = chain_check(chain, &set);
    if (image_set_check(&check, findings, &count, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
    static const char *const what[] = {"manifest", "image", "chain",    "key",
                                       "cd",       "codes", "verifier", "serial"};
    assert_int_equal(count, sizeof(what) / sizeof(what[0]));
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(findings[i].what, what[i]);
        assert_null(strstr(findings[i].text, "20202021"));
    }
    assert_non_null(strstr(findings[4].text, "its signer is unknown here"));
}

static void accepts_what_the_build_made(void **context)
{
    (void)context;
    assert_accepted(&plain);
    assert_accepted(&encrypted);
}

static void notices_changed_bytes(void **context)
{
    (void)context;
    AUTO(image_set_done) struct image_set set = {0};
    build(&encrypted, &set);
    const struct image_check check = chain_check(&encrypted, &set);
    set.files[0].content.data[0x5000] ^= 1;
    assert_refused(&check, STATUS_DATA_LOSS, "IMAGE_DIGEST");
    set.files[0].content.data[0x5000] ^= 1;
    set.files[1].sha256[0] ^= 1;
    assert_refused(&check, STATUS_DATA_LOSS, "IMAGE_DIGEST");
}

static void notices_a_manifest_that_tells_otherwise(void **context)
{
    (void)context;
    assert_manifest_refused("\"schema\": 1", "\"schema\": 2", "MANIFEST");
    assert_manifest_refused("\"schema\": 1", "\"schema\": \"1\"", "MANIFEST");
    assert_manifest_refused("\"schema\": 1", "\"schema\": 1, \"schema\": 1", "MANIFEST");
    assert_manifest_refused("{", "", "MANIFEST");
    assert_manifest_refused("\"files\"", "\"other\"", "MANIFEST");
    assert_manifest_refused("\"role\": \"nvs-keys\"", "\"role\": \"factory-data\"", "MANIFEST");
    assert_manifest_refused("\"role\": \"nvs-keys\"", "\"role\": \"app\"", "MANIFEST");
    assert_manifest_refused("\"file\": \"fctry.bin\"", "\"file\": \"nvs_keys.bin\"", "MANIFEST");
    assert_manifest_refused("\"label\": \"fctry\"", "\"label\": \"nvs\"", "MANIFEST");
    assert_manifest_refused("0x3e0000", "0x3d0000", "MANIFEST");
    assert_manifest_refused("4063232", "4063233", "MANIFEST");
    assert_manifest_refused("\"encrypt\": true", "\"encrypt\": false", "MANIFEST");
    assert_manifest_refused("\"md5\"", "\"md4\"", "MANIFEST");
    assert_manifest_refused("24576", "24577", "IMAGE_DIGEST");
    assert_manifest_refused("\"sha256\": \"", "\"sha256\": \"0", "IMAGE_DIGEST");
    assert_manifest_refused("\"md5\": \"", "\"md5\": \"0", "IMAGE_DIGEST");
}

static void notices_a_missing_file_and_a_manifest_too_long(void **context)
{
    (void)context;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(buf_done) struct buf manifest;
    build(&encrypted, &set);
    struct image_check check = chain_check(&encrypted, &set);
    check.file_count = 1;
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
    check.file_count = 0;
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
    check = chain_check(&encrypted, &set);
    buf_init(&manifest, (size_t)64 * 1024);
    buf_append_span(&manifest, buf_span(&set.manifest));
    buf_append_fill(&manifest, ' ', (size_t)16 * 1024);
    check.manifest = buf_span(&manifest);
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
}

static void notices_flash_args_that_tell_otherwise(void **context)
{
    (void)context;
    AUTO(image_set_done) struct image_set set = {0};
    build(&encrypted, &set);
    struct image_check check = chain_check(&encrypted, &set);
    check.flash_args = span_text("0x8000 fctry.bin\n");
    assert_refused(&check, STATUS_DATA_LOSS, "FLASH_ARGS");
    check.flash_args = span_text("0x3e0000 fctry.bin\n--erase-all\n");
    assert_refused(&check, STATUS_DATA_LOSS, "FLASH_ARGS");
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    check.flash_args = (struct span){0};
    assert_ok(image_set_check(&check, findings, &count, NULL));
}

/* A set whose images are each whole but do not belong together: digests cannot tell. */
static void notices_another_units_key_partition(void **context)
{
    (void)context;
    static const uint8_t other_keys[64] = {1};
    struct chain other = encrypted;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set other_set = {0};
    other.unit.nvs_keys = SPAN_OF(other_keys);
    build(&encrypted, &set);
    build(&other, &other_set);
    struct buf keys = set.files[1].content;
    set.files[1].content = other_set.files[1].content;
    other_set.files[1].content = keys;
    memcpy(set.files[1].sha256, other_set.files[1].sha256, 32);
    AUTO(buf_done) struct buf manifest;
    buf_init(&manifest, (size_t)64 * 1024);
    /* first entry of ours, second of the other's manifest */
    buf_append_byte(&set.manifest, '\0');
    buf_append_byte(&other_set.manifest, '\0');
    const char *ours = (const char *)set.manifest.data;
    buf_append(&manifest, ours, (size_t)(strstr(ours, "nvs-keys") - ours));
    buf_append_text(&manifest, strstr((const char *)other_set.manifest.data, "nvs-keys"));
    struct image_check check = chain_check(&encrypted, &set);
    check.manifest = buf_span(&manifest);
    struct problem problem = {0};
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_DATA_LOSS);
    assert_string_not_equal(problem.reason, "MANIFEST");
    assert_string_not_equal(problem.reason, "IMAGE_DIGEST");
}

static void notices_values_that_do_not_belong_together(void **context)
{
    (void)context;
    struct chain other = plain;
    other.unit.dac_key = span_make(plain.verifier, 32);
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_KEY_PAIR");
    static const uint8_t zero[32];
    other.unit.dac_key = SPAN_OF(zero);
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_KEY_PAIR");
    other = plain;
    other.verifier[50] ^= 1;
    other.unit.verifier = SPAN_OF(other.verifier);
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_VERIFIER");
    other = plain;
    other.product.spake2p_iterations = 1001;
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_VERIFIER");
    other = plain;
    other.unit.dac = buf_span(&plain.pai);
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_CERTIFICATE");
    other = plain;
    other.product.pai = buf_span(&plain.paa);
    assert_set_refused(&other, &plain, STATUS_REFUSED, "IMAGE_CERTIFICATE");
    other = plain;
    other.unit.discriminator ^= 1;
    assert_set_refused(&other, &plain, STATUS_REFUSED, "CODE_MISMATCH");
    other = plain;
    other.unit.serial_number = "SN-0002";
    assert_set_refused(&other, &plain, STATUS_REFUSED, "SERIAL_NUMBER_MISMATCH");
}

static void notices_codes_of_another_unit(void **context)
{
    (void)context;
    AUTO(image_set_done) struct image_set set = {0};
    build(&plain, &set);
    struct image_check check = chain_check(&plain, &set);
    check.manual_code = "33219660828";
    assert_refused(&check, STATUS_REFUSED, "CODE_MISMATCH");
    check = chain_check(&plain, &set);
    check.qr_code = plain.manual_code; /* a manual code where the QR payload belongs */
    assert_refused(&check, STATUS_REFUSED, "CODE_MISMATCH");
    check.qr_code = "MT:";
    assert_refused(&check, STATUS_REFUSED, "QR_LENGTH");
    check.qr_code = "MT:-24J06PF150QJ850Y10";
    assert_refused(&check, STATUS_REFUSED, "CODE_MISMATCH");
}

/* Same ids and discriminator, another passcode: only the verifier can tell. */
static void notices_a_label_with_another_passcode(void **context)
{
    (void)context;
    AUTO(image_set_done) struct image_set set = {0};
    build(&plain, &set);
    struct image_check check = chain_check(&plain, &set);
    const struct matter_onboarding onboarding = {
        .vendor_id = plain.product.vendor_id,
        .product_id = plain.product.product_id,
        .discovery = plain.product.discovery,
        .discriminator = plain.unit.discriminator,
        .passcode = 20202022,
    };
    char qr_code[MATTER_QR_SIZE], manual_code[MATTER_MANUAL_SIZE];
    assert_ok(matter_onboarding_qr(&onboarding, qr_code, NULL));
    assert_ok(matter_onboarding_manual(&onboarding, manual_code, NULL));
    check.qr_code = qr_code;
    check.manual_code = manual_code;
    assert_refused(&check, STATUS_REFUSED, "IMAGE_VERIFIER");
}

static void notices_a_chain_or_cd_that_does_not_hold(void **context)
{
    (void)context;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    AUTO(image_set_done) struct image_set set = {0};
    build(&plain, &set);
    struct image_check check = chain_check(&plain, &set);
    check.paa = check.pai;
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    check = chain_check(&plain, &set);
    check.now = 0; /* before the DAC's notBefore */
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    check = chain_check(&plain, &set);
    check.paa.size--;
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    AUTO(image_set_done) struct image_set other_set = {0};
    struct chain other = plain;
    other.product.product_id = 0x8001; /* not in the CD, not the DAC's */
    build(&other, &other_set);
    check = chain_check(&plain, &other_set);
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    AUTO(image_set_done) struct image_set bad_cd = {0};
    other = plain;
    other.product.certification_declaration.size--;
    build(&other, &bad_cd);
    check = chain_check(&plain, &bad_cd);
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
}

static struct chain hmac_chain(void)
{
    struct chain chain = plain;
    chain.product.nvs_encryption = IMAGE_NVS_HMAC;
    chain.product.nvs_hmac_block = 4;
    chain.unit.nvs_hmac_key = sample_hmac_unit().nvs_hmac_key;
    return chain;
}

static void accepts_an_hmac_key_and_only_the_right_one(void **context)
{
    (void)context;
    const struct chain chain = hmac_chain();
    struct chain other = chain;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set other_set = {0};
    assert_accepted(&chain);
    other.unit.nvs_hmac_key = span_make(encrypted.unit.nvs_keys.data + 32, 32);
    build(&chain, &set);
    build(&other, &other_set);
    struct image_check check = chain_check(&chain, &set);
    struct image_efuse_key other_block = set.efuse_keys[0];
    other_block.block = 3;
    check.efuse_keys = &other_block;
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
    check.efuse_keys = other_set.efuse_keys;
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
    check.efuse_key_count = 0;
    assert_refused(&check, STATUS_DATA_LOSS, "MANIFEST");
    check = chain_check(&plain, &other_set);
    check.manifest = buf_span(&set.manifest);
    check.efuse_keys = set.efuse_keys;
    assert_refused(&check, STATUS_DATA_LOSS, "IMAGE_DIGEST");
}

/* Manifest and key agree, the image is another unit's: only decrypting can tell. */
static void notices_another_units_hmac_key(void **context)
{
    (void)context;
    const struct chain chain = hmac_chain();
    struct chain other = chain;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(image_set_done) struct image_set other_set = {0};
    AUTO(buf_done) struct buf manifest;
    other.unit.nvs_hmac_key = span_make(encrypted.unit.nvs_keys.data + 32, 32);
    build(&chain, &set);
    build(&other, &other_set);
    buf_init(&manifest, (size_t)64 * 1024);
    buf_append_byte(&set.manifest, '\0');
    buf_append_byte(&other_set.manifest, '\0');
    const char *ours = (const char *)set.manifest.data;
    buf_append(&manifest, ours, (size_t)(strstr(ours, "\"efuse_keys\"") - ours));
    buf_append_text(&manifest, strstr((const char *)other_set.manifest.data, "\"efuse_keys\""));
    struct image_check check = chain_check(&chain, &set);
    check.manifest = buf_span(&manifest);
    check.efuse_keys = other_set.efuse_keys;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_DATA_LOSS);
    assert_string_not_equal(problem.reason, "MANIFEST");
    assert_string_not_equal(problem.reason, "IMAGE_DIGEST");
}

static struct chain dynamic_chain(void)
{
    struct chain chain = plain;
    chain.product.dynamic_passcode = true;
    chain.unit.passcode = 0;
    chain.unit.verifier = (struct span){0};
    chain.qr_code[0] = chain.manual_code[0] = '\0';
    return chain;
}

static void accepts_a_dynamic_passcode(void **context)
{
    (void)context;
    const struct chain chain = dynamic_chain();
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    AUTO(image_set_done) struct image_set set = {0};
    build(&chain, &set);
    const struct image_check check = chain_check(&chain, &set);
    assert_ok(image_set_check(&check, findings, &count, NULL));
    assert_int_equal(count, 7); /* no verifier */
    assert_string_equal(findings[5].what, "codes");
    assert_non_null(strstr(findings[5].text, "makes its passcode itself"));
}

/* Codes, verifier, or neither: nothing in between. */
static void notices_codes_without_verifier_and_the_other_way_round(void **context)
{
    (void)context;
    const struct chain chain = dynamic_chain();
    assert_set_refused(&chain, &plain, STATUS_REFUSED, "IMAGE_KEY");
    assert_set_refused(&plain, &chain, STATUS_REFUSED, "CODE_MISMATCH");
    struct chain manual = chain;
    memcpy(manual.manual_code, plain.manual_code, sizeof(manual.manual_code));
    assert_set_refused(&chain, &manual, STATUS_REFUSED, "CODE_MISMATCH");
}

static void a_cd_in_the_firmware_is_said_to_be_unseen(void **context)
{
    (void)context;
    struct chain chain = plain;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    AUTO(image_set_done) struct image_set set = {0};
    chain.product.cd_in_firmware = true;
    build(&chain, &set);
    assert_null(memmem(set.files[0].content.data, set.files[0].content.size, "cert-dclrn", 10));
    const struct image_check check = chain_check(&chain, &set);
    assert_ok(image_set_check(&check, findings, &count, NULL));
    assert_int_equal(count, 8);
    assert_non_null(strstr(findings[4].text, "is not seen here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_an_hmac_key_and_only_the_right_one),
        cmocka_unit_test(notices_another_units_hmac_key),
        cmocka_unit_test(accepts_a_dynamic_passcode),
        cmocka_unit_test(notices_codes_without_verifier_and_the_other_way_round),
        cmocka_unit_test(a_cd_in_the_firmware_is_said_to_be_unseen),
        cmocka_unit_test(accepts_what_the_build_made),
        cmocka_unit_test(notices_changed_bytes),
        cmocka_unit_test(notices_a_manifest_that_tells_otherwise),
        cmocka_unit_test(notices_a_missing_file_and_a_manifest_too_long),
        cmocka_unit_test(notices_flash_args_that_tell_otherwise),
        cmocka_unit_test(notices_another_units_key_partition),
        cmocka_unit_test(notices_values_that_do_not_belong_together),
        cmocka_unit_test(notices_codes_of_another_unit),
        cmocka_unit_test(notices_a_label_with_another_passcode),
        cmocka_unit_test(notices_a_chain_or_cd_that_does_not_hold),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

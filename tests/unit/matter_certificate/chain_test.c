/* A commissioner's judgement of three certificates. */
#include "tests/unit/matter_certificate/chain.h"

enum { NOW = CHAIN_BEGIN + 30 * CHAIN_DAY };

static struct problem problem;

static status_t check(struct span dac, struct span pai, struct span paa, int64_t now)
{
    problem = (struct problem){0};
    return matter_certificate_check_chain(dac, pai, paa, now, &problem);
}

static struct span der(enum matter_kind kind)
{
    return buf_span(&chain.der[kind]);
}

static struct buf issue(const struct matter_certificate *recipe, struct signer signer)
{
    struct buf certificate;
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    if (matter_certificate_issue(recipe, &signer, &certificate, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.reason, problem.message);
    }
    return certificate;
}

static void refused(status_t status, const char *reason)
{
    assert_int_not_equal(status, STATUS_OK);
    assert_string_equal(problem.reason, reason);
}

static void test_good(void **state)
{
    (void)state;
    assert_ok(check(der(MATTER_DAC), der(MATTER_PAI), der(MATTER_PAA), NOW));
}

static void test_now(void **state)
{
    (void)state;
    int64_t begin = chain.certificates[MATTER_DAC].not_before;
    assert_ok(check(der(MATTER_DAC), der(MATTER_PAI), der(MATTER_PAA), begin));
    refused(check(der(MATTER_DAC), der(MATTER_PAI), der(MATTER_PAA), begin - 1),
            "DAC_NOT_VALID_NOW");
    refused(check(der(MATTER_DAC), der(MATTER_PAI), der(MATTER_PAA), MATTER_NO_EXPIRY + 1),
            "DAC_NOT_VALID_NOW");
}

/* The issuers count at the DAC's notBefore, not now. */
static void test_expired_pai(void **state)
{
    (void)state;
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_PAI);
    recipe.not_after = NOW - CHAIN_DAY;
    AUTO(buf_done) struct buf pai = issue(&recipe, chain_signer(&chain, MATTER_PAI));
    assert_ok(check(der(MATTER_DAC), buf_span(&pai), der(MATTER_PAA), NOW));
    recipe.not_after = chain.certificates[MATTER_DAC].not_before - 1;
    AUTO(buf_done) struct buf early = issue(&recipe, chain_signer(&chain, MATTER_PAI));
    refused(check(der(MATTER_DAC), buf_span(&early), der(MATTER_PAA), NOW), "DAC_DATES_ISSUER");
}

static void test_expired_paa(void **state)
{
    (void)state;
    struct matter_certificate recipe = chain_recipe(&chain, MATTER_PAA);
    recipe.not_after = chain.certificates[MATTER_DAC].not_before - 1;
    AUTO(buf_done) struct buf paa = issue(&recipe, chain_signer(&chain, MATTER_PAA));
    refused(check(der(MATTER_DAC), der(MATTER_PAI), buf_span(&paa), NOW), "PAA_NOT_VALID_THEN");
}

/* One flipped bit in each signature; the last octet is inside s. */
static void test_signatures(void **state)
{
    (void)state;
    static const char *const reasons[] = {"PAA_SIGNATURE", "PAI_SIGNATURE", "DAC_SIGNATURE"};
    for (enum matter_kind kind = MATTER_PAA; kind <= MATTER_DAC; kind++) {
        struct span parts[] = {der(MATTER_PAA), der(MATTER_PAI), der(MATTER_DAC)};
        uint8_t changed[PKI_CERTIFICATE_MAX];
        memcpy(changed, parts[kind].data, parts[kind].size);
        changed[parts[kind].size - 1] ^= 1;
        parts[kind] = span_make(changed, parts[kind].size);
        refused(check(parts[MATTER_DAC], parts[MATTER_PAI], parts[MATTER_PAA], NOW), reasons[kind]);
    }
}

static void test_wrong_places(void **state)
{
    (void)state;
    refused(check(der(MATTER_PAI), der(MATTER_PAI), der(MATTER_PAA), NOW), "DAC_PRODUCT_ID");
    refused(check(der(MATTER_DAC), der(MATTER_DAC), der(MATTER_PAA), NOW), "PAI_ISSUER");
    refused(check(der(MATTER_DAC), der(MATTER_PAI), der(MATTER_PAI), NOW), "PAA_ISSUER");
}

static void test_not_certificates(void **state)
{
    (void)state;
    static const uint8_t nothing[] = {0x30, 0x00};
    refused(check(SPAN_OF(nothing), der(MATTER_PAI), der(MATTER_PAA), NOW),
            "CERTIFICATE_MALFORMED");
    assert_string_equal(problem.field, "dac");
    refused(check(der(MATTER_DAC), SPAN_OF(nothing), der(MATTER_PAA), NOW),
            "CERTIFICATE_MALFORMED");
    assert_string_equal(problem.field, "pai");
    refused(check(der(MATTER_DAC), der(MATTER_PAI), (struct span){0}, NOW),
            "CERTIFICATE_MALFORMED");
    assert_string_equal(problem.field, "paa");
}

static void test_test_paa(void **state)
{
    (void)state;
    static const char *const key_ids[] = {"6afd22771f511fecbf1641976710dcdc31a1717e",
                                          "785ce705b86b8f4e6fc793aa60cb43ea696882d5"};
    assert_false(matter_certificate_is_test_paa(&chain.certificates[MATTER_PAA]));
    for (size_t i = 0; i < 2; i++) {
        struct pki_certificate paa = chain.certificates[MATTER_PAA];
        AUTO(buf_done) struct buf key_id = chain_hex(key_ids[i]);
        paa.subject_key_id = buf_span(&key_id);
        assert_true(matter_certificate_is_test_paa(&paa));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_expired_pai),
        cmocka_unit_test(test_expired_paa),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_wrong_places),
        cmocka_unit_test(test_not_certificates),
        cmocka_unit_test(test_test_paa),
    };
    return cmocka_run_group_tests(tests, chain_set_up, chain_tear_down);
}

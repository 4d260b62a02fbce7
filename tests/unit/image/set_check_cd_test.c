/* What image_set_check says of the CD's signature. */
#include "lib/matter/cd.h"
#include "lib/pki/certificate.h"
#include "tests/support/test.h"
#include "tests/unit/image/chain.h"

static struct chain plain;

static int setup(void **context)
{
    (void)context;
    chain_init(&plain, false);
    return 0;
}

static int teardown(void **context)
{
    (void)context;
    chain_done(&plain);
    return 0;
}

/* The text of the finding "cd". */
static void assert_cd_says(const struct image_check *check, const char *words)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    assert_ok(image_set_check(check, findings, &count, NULL));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(findings[i].what, "cd") == 0) {
            assert_non_null(strstr(findings[i].text, words));
            return;
        }
    }
    fail_msg("nothing is said of the CD");
}

static void build(const struct chain *chain, struct image_set *ret_set)
{
    assert_ok(image_set_build(&chain->product, &chain->unit, ret_set, NULL));
}

/* A CD that the PAA's key signed and whose signer's key id is the PAA's. */
static void sign_cd(struct buf *ret_der)
{
    struct matter_cd cd;
    struct pki_certificate paa;
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    assert_ok(matter_cd_parse(buf_span(&plain.cd), &cd, NULL));
    assert_ok(pki_certificate_parse(buf_span(&plain.paa), &paa, NULL));
    memcpy(cd.signer_key_id, paa.subject_key_id.data, sizeof(cd.signer_key_id));
    assert_ok(pki_plain_key_from_scalar(span_make(chain_paa_key, 32), &key));
    const struct signer signer = pki_plain_key_signer(key);
    buf_init(ret_der, MATTER_CD_MAX);
    assert_ok(matter_cd_make(&cd, &signer, ret_der, NULL));
}

static void is_verified_when_its_signer_is_given(void **context)
{
    (void)context;
    struct chain chain = plain;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(buf_done) struct buf der;
    sign_cd(&der);
    chain.product.certification_declaration = buf_span(&der);
    build(&chain, &set);
    struct image_check check = chain_check(&chain, &set);
    const struct span signers[] = {buf_span(&plain.dac), buf_span(&plain.paa)};
    assert_cd_says(&check, "signature not checked: its signer is unknown here");
    check.cd_signers = signers;
    check.cd_signer_count = 1;
    assert_cd_says(&check, "signature not checked: its signer is unknown here");
    check.cd_signer_count = 2;
    assert_cd_says(&check, "signature ok, by a signer that was given here");
}

static void is_refused_when_its_signature_is_wrong(void **context)
{
    (void)context;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 77;
    struct problem problem = {0};
    struct chain chain = plain;
    AUTO(image_set_done) struct image_set set = {0};
    AUTO(buf_done) struct buf der;
    sign_cd(&der);
    der.data[der.size - 1] ^= 1; /* the end of the signature */
    chain.product.certification_declaration = buf_span(&der);
    build(&chain, &set);
    struct image_check check = chain_check(&chain, &set);
    const struct span signer = buf_span(&plain.paa);
    check.cd_signers = &signer;
    check.cd_signer_count = 1;
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CD_SIGNATURE");
    assert_int_equal(count, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_verified_when_its_signer_is_given),
        cmocka_unit_test(is_refused_when_its_signature_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

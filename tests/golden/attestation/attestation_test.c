/* The CSA's commissioner test cases, where that test data is present: our verdict on every chain,
 * certificate and Certification Declaration must be the expected one. */
#include <jansson.h>

#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/pki/pem.h"
#include "tests/support/test.h"

enum {
    CASES_MIN = 179, /* what the data held when this was written: fewer means it was cut */
    NOW = 1793491200 /* 2026-11-01: the cases with a full set are judged at a fixed time */
};

/* Only the Distributed Compliance Ledger knows which value is right: no offline reader can refuse
 * these. Everything else about them must hold. */
static const struct {
    const char *name;
    const char *why;
} ledger_only[] = {
    {"struct_cd_cert_id_mismatch", "certificate_id is allotted on the ledger"},
    {"struct_cd_device_type_id_mismatch", "device_type_id is compared with the ledger's model"},
    {"struct_cd_version_number_wrong", "version_number refers to a certification record"},
};

static json_t *vectors;
static unsigned accepted;
static unsigned refused;
static unsigned excepted;

static struct buf read_case_file(const json_t *vector, const char *role)
{
    char relative[512];
    struct buf der;
    struct problem problem = {0};
    const char *file = json_string_value(json_object_get(json_object_get(vector, "files"), role));
    assert_non_null(file);
    (void)snprintf(relative, sizeof(relative), "attestation-vectors/%s", file);
    const char *path = test_shared_path(relative);
    assert_non_null(path);
    AUTO(buf_done) struct buf content = test_read_file(path);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    if (strcmp(role, "cd") == 0) {
        buf_append_span(&der, buf_span(&content)); /* judged as it is, also when it is no DER */
    } else {
        assert_ok(pki_pem_decode(buf_span(&content), "CERTIFICATE", &der, &problem));
    }
    return der;
}

static status_t judge_chain(const json_t *vector, bool complete, struct problem *problem)
{
    AUTO(buf_done) struct buf dac = read_case_file(vector, "dac");
    AUTO(buf_done) struct buf pai = read_case_file(vector, "pai");
    AUTO(buf_done) struct buf paa = read_case_file(vector, "paa");
    struct pki_certificate parsed;
    int64_t now = NOW;
    if (!complete) { /* these cases are judged at the DAC's own notBefore */
        assert_ok(pki_certificate_parse(buf_span(&dac), &parsed, problem));
        now = parsed.not_before;
    }
    return matter_certificate_check_chain(buf_span(&dac), buf_span(&pai), buf_span(&paa), now,
                                          problem);
}

static uint16_t basic_information(const json_t *vector, const char *name)
{
    const json_t *information = json_object_get(vector, "basicInformation");
    return (uint16_t)json_integer_value(json_object_get(information, name));
}

/* The chain's ids; only called when the chain is good. */
static void fill_match(const json_t *vector, struct matter_cd_match *match,
                       uint8_t paa_key_id[static MATTER_KEY_ID_SIZE])
{
    AUTO(buf_done) struct buf dac = read_case_file(vector, "dac");
    AUTO(buf_done) struct buf pai = read_case_file(vector, "pai");
    AUTO(buf_done) struct buf paa = read_case_file(vector, "paa");
    struct pki_certificate parsed;
    struct matter_ids ids;
    assert_ok(pki_certificate_parse(buf_span(&dac), &parsed, NULL));
    assert_ok(matter_certificate_ids(parsed.subject, &ids, NULL));
    match->dac_vendor_id = (uint16_t)ids.vendor_id;
    match->dac_product_id = (uint16_t)ids.product_id;
    assert_ok(pki_certificate_parse(buf_span(&pai), &parsed, NULL));
    assert_ok(matter_certificate_ids(parsed.subject, &ids, NULL));
    match->pai_product_id = ids.product_id;
    assert_ok(pki_certificate_parse(buf_span(&paa), &parsed, NULL));
    memcpy(paa_key_id, parsed.subject_key_id.data, MATTER_KEY_ID_SIZE);
    match->paa_key_id = span_make(paa_key_id, MATTER_KEY_ID_SIZE);
    match->vendor_id = basic_information(vector, "vid");
    match->product_id = basic_information(vector, "pid");
}

static status_t judge_cd(const json_t *vector, struct problem *problem)
{
    uint8_t paa_key_id[MATTER_KEY_ID_SIZE];
    struct matter_cd_match match;
    struct matter_cd cd;
    enum matter_cd_signer signer;
    AUTO(buf_done) struct buf der = read_case_file(vector, "cd");
    fill_match(vector, &match, paa_key_id);
    TRY(matter_cd_parse(buf_span(&der), &cd, problem));
    TRY(matter_cd_verify(buf_span(&der), NULL, 0, &signer, problem));
    assert_int_equal(signer, MATTER_CD_SIGNER_TEST);
    return matter_cd_check(&cd, &match, problem);
}

static status_t judge_certificate(const json_t *vector, struct problem *problem)
{
    static const char *const roles[] = {"paa", "pai", "dac"};
    const char *role = json_string_value(json_object_get(vector, "role"));
    AUTO(buf_done) struct buf der = read_case_file(vector, "cert");
    struct pki_certificate parsed;
    TRY(pki_certificate_parse(buf_span(&der), &parsed, problem));
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(role, roles[i]) == 0) {
            return matter_certificate_lint(&parsed, (enum matter_kind)i, NULL, true, problem);
        }
    }
    fail_msg("unknown role %s", role);
    return STATUS_INTERNAL;
}

static status_t judge(const json_t *vector, struct problem *problem)
{
    const char *kind = json_string_value(json_object_get(vector, "kind"));
    const char *target = json_string_value(json_object_get(vector, "target"));
    if (strcmp(kind, "cert") == 0) {
        return judge_certificate(vector, problem);
    }
    bool complete = strcmp(kind, "chain+cd") == 0;
    status_t status = judge_chain(vector, complete, problem);
    if (strcmp(target, "cd") == 0 && status != STATUS_OK) {
        fail_msg("a case about the CD has a bad chain: %s", problem->message);
    }
    TRY(status);
    return complete ? judge_cd(vector, problem) : STATUS_OK;
}

static bool is_ledger_only(const char *name)
{
    for (size_t i = 0; i < sizeof(ledger_only) / sizeof(ledger_only[0]); i++) {
        if (strcmp(name, ledger_only[i].name) == 0) {
            print_message("accepted, the ledger must judge: %s (%s)\n", name, ledger_only[i].why);
            return true;
        }
    }
    return false;
}

static void check_case(const json_t *vector)
{
    const char *name = json_string_value(json_object_get(vector, "case"));
    bool valid = strcmp(json_string_value(json_object_get(vector, "expected")), "valid") == 0;
    struct problem problem = {0};
    status_t status = judge(vector, &problem);
    if (is_ledger_only(name)) {
        assert_false(valid);
        assert_ok(status);
        excepted++;
        return;
    }
    if ((status == STATUS_OK) != valid) {
        fail_msg("%s: expected %s, ours: %s %s", name, valid ? "valid" : "invalid", problem.reason,
                 problem.message);
    }
    if (status != STATUS_OK) {
        assert_string_not_equal(problem.reason, "");
        print_message("refused %-55s %s\n", name, problem.reason);
        refused++;
    } else {
        accepted++;
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    size_t index;
    const json_t *vector;
    const json_t *cases = json_object_get(vectors, "cases");
    assert_true(json_array_size(cases) >= CASES_MIN);
    json_array_foreach(cases, index, vector)
    {
        check_case(vector);
    }
    print_message("%u accepted as expected, %u refused as expected, %u only the ledger can judge, "
                  "%zu in all\n",
                  accepted, refused, excepted, json_array_size(cases));
    assert_int_equal(excepted, sizeof(ledger_only) / sizeof(ledger_only[0]));
}

int main(void)
{
    const char *path = test_shared_path("attestation-vectors/index.json");
    if (path == NULL) {
        test_skip("the CSA's attestation test cases are not here (MINTMARK_SHARED)");
    }
    vectors = json_load_file(path, 0, NULL);
    if (vectors == NULL) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_verdicts)};
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(vectors);
    return result;
}

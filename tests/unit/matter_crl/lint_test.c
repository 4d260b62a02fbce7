/* Building, reading and judging a PAI's revocation list: every rule of lib/matter/SPEC.md has a
 * list that breaks it alone. */
#include "lib/pki/der.h"
#include "lib/pki/oid.h"
#include "tests/unit/matter_crl/list.h"

enum { MANY = 5000 };

/* A TBSCertList cut into its elements, to be put together changed. */
struct cut {
    struct span version;
    struct span algorithm;
    struct span issuer;
    struct span this_update;
    struct span next_update;
    struct span entries; /* empty: none */
    struct span authority_key_id;
    struct span number;
    struct span other; /* a further extension; empty: none */
};

static void cut_tbs(struct span tbs, struct cut *ret_cut)
{
    struct span body;
    struct span wrapper;
    struct span list;
    *ret_cut = (struct cut){0};
    assert_ok(pki_der_take(&tbs, PKI_DER_SEQUENCE, &body));
    assert_ok(pki_der_take_element(&body, PKI_DER_INTEGER, &ret_cut->version));
    assert_ok(pki_der_take_element(&body, PKI_DER_SEQUENCE, &ret_cut->algorithm));
    assert_ok(pki_der_take_element(&body, PKI_DER_SEQUENCE, &ret_cut->issuer));
    assert_ok(pki_der_take_element(&body, PKI_DER_UTC_TIME, &ret_cut->this_update));
    assert_ok(pki_der_take_element(&body, PKI_DER_UTC_TIME, &ret_cut->next_update));
    if (pki_der_next_is(body, PKI_DER_SEQUENCE)) {
        assert_ok(pki_der_take_element(&body, PKI_DER_SEQUENCE, &ret_cut->entries));
    }
    assert_ok(pki_der_take(&body, PKI_DER_CONTEXT_CONSTRUCTED(0), &wrapper));
    assert_ok(pki_der_take(&wrapper, PKI_DER_SEQUENCE, &list));
    assert_ok(pki_der_take_element(&list, PKI_DER_SEQUENCE, &ret_cut->authority_key_id));
    assert_ok(pki_der_take_element(&list, PKI_DER_SEQUENCE, &ret_cut->number));
    assert_ok(pki_der_end(list));
}

static struct buf join(const struct cut *cut)
{
    struct buf tbs;
    buf_init(&tbs, PKI_CRL_MAX);
    size_t body = pki_der_open(&tbs, PKI_DER_SEQUENCE);
    buf_append_span(&tbs, cut->version);
    buf_append_span(&tbs, cut->algorithm);
    buf_append_span(&tbs, cut->issuer);
    buf_append_span(&tbs, cut->this_update);
    buf_append_span(&tbs, cut->next_update);
    buf_append_span(&tbs, cut->entries);
    size_t wrapper = pki_der_open(&tbs, PKI_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = pki_der_open(&tbs, PKI_DER_SEQUENCE);
    buf_append_span(&tbs, cut->authority_key_id);
    buf_append_span(&tbs, cut->number);
    buf_append_span(&tbs, cut->other);
    pki_der_close(&tbs, list);
    pki_der_close(&tbs, wrapper);
    pki_der_close(&tbs, body);
    assert_ok(buf_status(&tbs));
    return tbs;
}

static status_t judge(const struct cut *cut, struct problem *problem)
{
    AUTO(buf_done) struct buf tbs = join(cut);
    struct pki_crl crl;
    *problem = (struct problem){0};
    TRY(pki_crl_parse_tbs(buf_span(&tbs), &crl, problem));
    return matter_crl_lint(&crl, &chain.certificates[MATTER_PAI], problem);
}

static void assert_lint(const struct cut *cut, status_t status, const char *reason)
{
    struct problem problem;
    assert_int_equal(judge(cut, &problem), status);
    assert_string_equal(problem.reason, reason);
}

/* Sets *place to the bytes of a hex text, judges, and puts the old bytes back. */
static void assert_bad(struct cut *cut, struct span *place, const char *hex, status_t status,
                       const char *reason)
{
    AUTO(buf_done) struct buf bytes = chain_hex(hex);
    struct span old = *place;
    *place = buf_span(&bytes);
    assert_lint(cut, status, reason);
    *place = old;
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t serials[2][LIST_SERIAL_SIZE];
    const struct pki_crl_entry entries[] = {
        list_entry(0x41, PKI_CRL_KEY_COMPROMISE, serials[0]),
        list_entry(0x42, PKI_CRL_UNSPECIFIED, serials[1]),
    };
    struct matter_crl recipe = list_recipe();
    recipe.number = 0x8001;
    recipe.entries = entries;
    recipe.entry_count = 2;
    AUTO(buf_done) struct buf der = list_signed(&recipe);
    struct pki_crl crl;
    struct pki_crl_entry entry;
    assert_ok(pki_crl_parse(buf_span(&der), &crl, NULL));
    assert_ok(matter_crl_lint(&crl, recipe.pai, NULL));
    assert_ok(pki_crl_verify(&crl, SPAN_OF(chain.points[MATTER_PAI]), NULL));
    assert_int_equal(matter_crl_number(&crl), 0x8001);
    assert_int_equal(crl.this_update, LIST_TIME);
    assert_int_equal(crl.next_update, LIST_TIME + LIST_PERIOD);
    assert_int_equal(crl.entry_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(pki_crl_next(&crl.entries, &entry));
        assert_span_equal(entry.serial, entries[i].serial);
        assert_int_equal(entry.time, entries[i].time);
        assert_int_equal(entry.reason, entries[i].reason);
        assert_false(entry.others);
    }
    assert_int_equal(pki_crl_next(&crl.entries, &entry), STATUS_NOT_FOUND);
}

static void test_other_key(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct matter_crl recipe = list_recipe();
    AUTO(buf_done) struct buf der = list_signed(&recipe);
    struct pki_crl crl;
    assert_ok(pki_crl_parse(buf_span(&der), &crl, NULL));
    assert_int_equal(pki_crl_verify(&crl, SPAN_OF(chain.points[MATTER_PAA]), &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_SIGNATURE");
    assert_int_equal(matter_crl_lint(&crl, &chain.certificates[MATTER_PAA], &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_ISSUER");
    assert_int_equal(matter_crl_lint(&crl, &chain.certificates[MATTER_DAC], &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CRL_SIGNER");
}

/* A length of three octets, and every entry found again. */
static void test_many_entries(void **state)
{
    (void)state;
    uint8_t(*serials)[LIST_SERIAL_SIZE] = calloc(MANY, sizeof(*serials));
    struct pki_crl_entry *entries = calloc(MANY, sizeof(*entries));
    assert_non_null(serials);
    assert_non_null(entries);
    for (size_t i = 0; i < MANY; i++) {
        entries[i] = list_entry(0x41, PKI_CRL_SUPERSEDED, serials[i]);
        serials[i][14] = (uint8_t)(i >> 8);
        serials[i][15] = (uint8_t)i;
    }
    struct matter_crl recipe = list_recipe();
    recipe.entries = entries;
    recipe.entry_count = MANY;
    AUTO(buf_done) struct buf der = list_signed(&recipe);
    struct pki_crl crl;
    assert_true(der.size > UINT16_MAX);
    assert_ok(pki_crl_parse(buf_span(&der), &crl, NULL));
    assert_int_equal(crl.entry_count, MANY);
    assert_ok(matter_crl_lint(&crl, recipe.pai, NULL));
    free(serials);
    free(entries);
}

static void test_builder_limits(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct matter_crl recipe = list_recipe();
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CRL_MAX);
    recipe.entry_count = MATTER_CRL_ENTRIES_MAX + 1;
    assert_int_equal(matter_crl_tbs(&recipe, &tbs, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "CRL_ENTRIES");
    recipe.entry_count = 0;
    recipe.next_update = MATTER_NO_EXPIRY + 1;
    assert_int_equal(matter_crl_tbs(&recipe, &tbs, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "CRL_DATES");
    assert_int_equal(tbs.size, 0);
}

static void test_form(void **state)
{
    (void)state;
    struct matter_crl recipe = list_recipe();
    AUTO(buf_done) struct buf tbs = list_tbs(&recipe);
    struct cut cut;
    cut_tbs(buf_span(&tbs), &cut);
    assert_lint(&cut, STATUS_OK, "");
    assert_bad(&cut, &cut.version, "", STATUS_REFUSED, "CRL_VERSION");
    assert_bad(&cut, &cut.version, "020100", STATUS_MALFORMED, "CRL_MALFORMED");
    assert_bad(&cut, &cut.version, "020102", STATUS_MALFORMED, "CRL_MALFORMED");
    assert_bad(&cut, &cut.algorithm, "300a06082a8648ce3d040303", STATUS_REFUSED, "CRL_ALGORITHM");
    assert_bad(&cut, &cut.issuer, "3000", STATUS_REFUSED, "CRL_ISSUER");
    assert_bad(&cut, &cut.next_update, "", STATUS_REFUSED, "CRL_DATES");
    assert_bad(&cut, &cut.entries, "3000", STATUS_MALFORMED, "CRL_MALFORMED");
    assert_bad(&cut, &cut.this_update, "170d3230303130313030303030305a", STATUS_REFUSED,
               "CRL_DATES");
    assert_bad(&cut, &cut.next_update, "170d3439303130313030303030305a", STATUS_REFUSED,
               "CRL_DATES");
    assert_bad(&cut, &cut.next_update, "170d3230303130313030303030305a", STATUS_REFUSED,
               "CRL_DATES");
}

static void test_extensions(void **state)
{
    (void)state;
    struct matter_crl recipe = list_recipe();
    AUTO(buf_done) struct buf tbs = list_tbs(&recipe);
    struct cut cut;
    cut_tbs(buf_span(&tbs), &cut);
    assert_bad(&cut, &cut.authority_key_id, "", STATUS_REFUSED, "CRL_AUTHORITY_KEY_ID");
    assert_bad(&cut, &cut.authority_key_id,
               "301f0603551d230418301680140102030405060708090a0b0c0d0e0f1011121314", STATUS_REFUSED,
               "CRL_AUTHORITY_KEY_ID");
    assert_bad(&cut, &cut.number, "", STATUS_REFUSED, "CRL_NUMBER");
    assert_bad(&cut, &cut.number, "300a0603551d140403020100", STATUS_REFUSED, "CRL_NUMBER");
    assert_bad(&cut, &cut.number, "300a0603551d1404030201ff", STATUS_MALFORMED, "CRL_MALFORMED");
    assert_bad(&cut, &cut.number, "300f0603551d14040802060100000000ff", STATUS_REFUSED,
               "CRL_NUMBER");
    assert_bad(&cut, &cut.number,
               "301e0603551d1404170215010000000000000000000000000000000000000000", STATUS_MALFORMED,
               "CRL_MALFORMED");
    assert_bad(&cut, &cut.number, "300e0603551d14040702050100000000", STATUS_REFUSED, "CRL_NUMBER");
    assert_bad(&cut, &cut.number, "300d0603551d140101ff0403020101", STATUS_REFUSED,
               "CRL_EXTENSION");
    assert_bad(&cut, &cut.number, "300d0603551d140101000403020101", STATUS_MALFORMED,
               "CRL_MALFORMED");
    cut.other = cut.number;
    assert_lint(&cut, STATUS_MALFORMED, "CRL_MALFORMED"); /* twice the same */
    cut.other = cut.authority_key_id;
    assert_lint(&cut, STATUS_MALFORMED, "CRL_MALFORMED");
    cut.other = (struct span){0};
    assert_bad(&cut, &cut.other, "300a0603551d1b0403020101", STATUS_REFUSED,
               "CRL_EXTENSION"); /* deltaCRLIndicator */
}

/* Entries as hex inside the list; dates 2023-11-20, before LIST_TIME. */
static void test_entries(void **state)
{
    (void)state;
#define DATE "170d3233313132303030303030305a"
#define LATER "170d3234313132303030303030305a"
    static const struct {
        const char *hex;
        status_t status;
        const char *reason;
    } cases[] = {
        {"30143012020141" DATE, STATUS_OK, ""},
        {"302c3012020141" DATE "3012020141" DATE, STATUS_MALFORMED, "CRL_MALFORMED"},
        {"30283012020141" DATE "3012020142" DATE, STATUS_OK, ""},
        {"30283012020142" DATE "3012020141" DATE, STATUS_REFUSED, "CRL_ORDER"},
        {"30283012020141" DATE "3012020141" DATE, STATUS_REFUSED, "CRL_ORDER"},
        {"302930130202414"
         "1" DATE "3012020142" DATE,
         STATUS_REFUSED, "CRL_ORDER"},
        {"30143012020141" LATER, STATUS_REFUSED, "CRL_ENTRY"},
        {"30143012020100" DATE, STATUS_REFUSED, "CRL_ENTRY"},
        {"301430120201ff" DATE, STATUS_REFUSED, "CRL_ENTRY"},
        /* reasons: 1 fine; 0, 7, 11 malformed; 6 hold and 8 remove refused; critical; twice */
        {"30223020020141" DATE "300c300a0603551d1504030a0101", STATUS_OK, ""},
        {"30223020020141" DATE "300c300a0603551d1504030a0100", STATUS_MALFORMED, "CRL_MALFORMED"},
        {"30223020020141" DATE "300c300a0603551d1504030a0107", STATUS_MALFORMED, "CRL_MALFORMED"},
        {"30223020020141" DATE "300c300a0603551d1504030a010b", STATUS_MALFORMED, "CRL_MALFORMED"},
        {"30223020020141" DATE "300c300a0603551d1504030a0106", STATUS_REFUSED, "CRL_ENTRY"},
        {"30223020020141" DATE "300c300a0603551d1504030a0108", STATUS_REFUSED, "CRL_ENTRY"},
        {"30253023020141" DATE "300f300d0603551d150101ff04030a0101", STATUS_MALFORMED,
         "CRL_MALFORMED"},
        {"302e302c020141" DATE "3018300a0603551d1504030a0101300a0603551d1504030a0101",
         STATUS_MALFORMED, "CRL_MALFORMED"},
        /* invalidityDate-like other extension; an empty list of extensions */
        {"30223020020141" DATE "300c300a0603551d1804030a0101", STATUS_REFUSED, "CRL_ENTRY"},
        {"30163014020141" DATE "3000", STATUS_MALFORMED, "CRL_MALFORMED"},
    };
#undef DATE
#undef LATER
    struct matter_crl recipe = list_recipe();
    AUTO(buf_done) struct buf tbs = list_tbs(&recipe);
    struct cut cut;
    cut_tbs(buf_span(&tbs), &cut);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_bad(&cut, &cut.entries, cases[i].hex, cases[i].status, cases[i].reason);
    }
}

static void test_reasons(void **state)
{
    (void)state;
    static const bool allowed[] = {true,  true,  false, true, true, true,
                                   false, false, false, true, false};
    for (size_t i = 0; i < sizeof(allowed); i++) {
        assert_int_equal(matter_crl_reason_allowed((enum pki_crl_reason)i), allowed[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_many_entries), cmocka_unit_test(test_builder_limits),
        cmocka_unit_test(test_form),         cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_entries),      cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests_name("crl", tests, chain_set_up, chain_tear_down);
}

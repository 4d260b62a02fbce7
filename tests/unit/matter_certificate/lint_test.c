/* Every rule of the profile: a good certificate with one part changed must be refused for it, as
 * ours and, where the rule is a commissioner's, as imported too. */
#include "tests/unit/matter_certificate/chain.h"

#include "lib/pki/der.h"

/* Extensions as DER, by purpose. */
#define BC_CA_0 "30120603551d130101ff040830060101ff020100"
#define BC_CA_1 "30120603551d130101ff040830060101ff020101"
#define BC_CA_2 "30120603551d130101ff040830060101ff020102"
#define BC_CA "300f0603551d130101ff040530030101ff"
#define BC_END "300c0603551d130101ff04023000"
#define BC_END_NOT_CRITICAL "30090603551d1304023000"
#define BC_END_EXPLICIT "300f0603551d130101ff04053003010100"
#define BC_END_PATH "300f0603551d130101ff04053003020100"
#define BC_BAD "300d0603551d130101ff040330000a"
#define KU_CA "300e0603551d0f0101ff040403020106"
#define KU_CA_SIGN "300e0603551d0f0101ff040403020186"
#define KU_CERT_ONLY "300e0603551d0f0101ff040403020204"
#define KU_CRL_ONLY "300e0603551d0f0101ff040403020102"
#define KU_END "300e0603551d0f0101ff040403020780"
#define KU_END_NOT_CRITICAL "300b0603551d0f040403020780"
#define KU_END_NINE_BITS "300f0603551d0f0101ff04050303078000"
#define KU_END_LONG "300e0603551d0f0101ff040403020080"
#define KU_END_MORE "300e0603551d0f0101ff0404030206c0"
#define SKI_19 "301c0603551d0e04150413ffffffffffffffffffffffffffffffffffffff"
#define SKI_OTHER "301d0603551d0e04160414ffffffffffffffffffffffffffffffffffffffff"
#define SKI_CRITICAL "30200603551d0e0101ff04160414ffffffffffffffffffffffffffffffffffffffff"
#define AKI_OTHER "301f0603551d23041830168014ffffffffffffffffffffffffffffffffffffffff"
#define AKI_19 "301e0603551d23041730158013ffffffffffffffffffffffffffffffffffffff"
#define AKI_SERIAL "300c0603551d23040530038201ff"
#define EKU "30130603551d25040c300a06082b06010505070302"
#define EKU_CRITICAL "30160603551d250101ff040c300a06082b06010505070302"
#define UNKNOWN "300906042a030405040101"
#define UNKNOWN_CRITICAL "300c06042a0304050101ff040101"

#define SHA1_ALGORITHM "300906072a8648ce3d0401"
#define SHA256_NULL "300c06082a8648ce3d0403020500"
#define PARTS_EXTENSION(index) (CHAIN_PARTS + (index))

enum { BC, KU, SKI, AKI, ADD = 20 };
enum judged { IMPORTED, BOTH, ONLY_OURS };

/* `part` below CHAIN_PARTS replaces that part; PARTS_EXTENSION(n) replaces, or with an
 * empty text removes, extension n; PARTS_EXTENSION(ADD) adds one. Names start with "name:". */
struct mutation {
    const char *reason;
    enum matter_kind kind;
    enum judged judged; /* ONLY_OURS: an imported certificate may say it */
    int part;
    const char *value;
};

static const struct mutation mutations[] = {
    {"DAC_VERSION", MATTER_DAC, BOTH, CHAIN_VERSION, "a003020101"},
    {"DAC_VERSION", MATTER_DAC, BOTH, CHAIN_VERSION, ""},
    {"DAC_SERIAL", MATTER_DAC, BOTH, CHAIN_SERIAL, "020100"},
    {"DAC_SERIAL", MATTER_DAC, BOTH, CHAIN_SERIAL, "0210ff0102030405060708090a0b0c0d0e0f"},
    {"DAC_SERIAL", MATTER_DAC, BOTH, CHAIN_SERIAL,
     "021500ff0102030405060708090a0b0c0d0e0f10111213"},
    {"DAC_SERIAL", MATTER_DAC, ONLY_OURS, CHAIN_SERIAL, "021100ff0102030405060708090a0b0c0d0e0f"},
    {"DAC_SERIAL", MATTER_DAC, ONLY_OURS, CHAIN_SERIAL, "02020102"},
    {"DAC_ALGORITHM", MATTER_DAC, BOTH, CHAIN_ALGORITHM, SHA1_ALGORITHM},
    {"DAC_ALGORITHM", MATTER_DAC, BOTH, CHAIN_ALGORITHM, SHA256_NULL},
    {"DAC_SUBJECT", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:"},
    {"DAC_SUBJECT", MATTER_DAC, ONLY_OURS, CHAIN_SUBJECT, "name:VID=FFF1/CN=x/PID=8000"},
    {"DAC_SUBJECT", MATTER_DAC, ONLY_OURS, CHAIN_SUBJECT, "name:pCN=x/VID=FFF1/PID=8000"},
    {"DAC_SUBJECT", MATTER_DAC, ONLY_OURS, CHAIN_SUBJECT, "name:CN=x/O=y/VID=FFF1/PID=8000"},
    {"DAC_SUBJECT", MATTER_DAC, ONLY_OURS, CHAIN_SUBJECT, "name:CN=x/VID=FFF1/+PID=8000"},
    {"DAC_SUBJECT", MATTER_DAC, ONLY_OURS, CHAIN_SUBJECT, "name:CN=x Mvid:FFF1 Mpid:8000"},
    {"DAC_COMMON_NAME", MATTER_DAC, BOTH, CHAIN_SUBJECT,
     "name:CN=12345678901234567890123456789012345678901234567890123456789012345/VID=FFF1/PID=8000"},
    {"DAC_COMMON_NAME", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=/VID=FFF1/PID=8000"},
    {"DAC_COMMON_NAME", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=\xC3(/VID=FFF1/PID=8000"},
    {"DAC_SUBJECT_IDS", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=fff1/PID=8000"},
    {"DAC_SUBJECT_IDS", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF1/VID=FFF1/PID=8000"},
    {"DAC_SUBJECT_IDS", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/pVID=FFF1/PID=8000"},
    {"DAC_SUBJECT_IDS", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF1/PID=80000"},
    {"DAC_VENDOR_ID", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF2/PID=8000"},
    {"DAC_VENDOR_ID", MATTER_DAC, IMPORTED, CHAIN_SUBJECT, "name:CN=x/PID=8000"},
    {"DAC_PRODUCT_ID", MATTER_DAC, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF1"},
    {"PAI_VENDOR_ID", MATTER_PAI, BOTH, CHAIN_SUBJECT, "name:CN=x"},
    {"PAI_VENDOR_ID", MATTER_PAI, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF2"},
    {"PAA_PRODUCT_ID", MATTER_PAA, BOTH, CHAIN_SUBJECT, "name:CN=x/VID=FFF1/PID=8000"},
    {"DAC_ISSUER", MATTER_DAC, BOTH, CHAIN_ISSUER, "name:CN=Test pAI/VID=FFF1"},
    {"DAC_ISSUER", MATTER_DAC, BOTH, CHAIN_ISSUER, "name:pCN=Test PAI/VID=FFF1"},
    {"DAC_ISSUER_IDS", MATTER_DAC, BOTH, CHAIN_ISSUER, "name:CN=Test PAI/VID=FFFG"},
    {"PAI_ISSUER", MATTER_PAI, BOTH, CHAIN_ISSUER, "name:CN=another PAA/VID=FFF1"},
    {"PAA_ISSUER", MATTER_PAA, BOTH, CHAIN_ISSUER, "name:CN=another PAA/VID=FFF1"},
    /* 2023-11-16 to 2023-11-15 */
    {"DAC_DATES", MATTER_DAC, BOTH, CHAIN_VALIDITY,
     "301e170d3233313131363232313332305a170d3233313131353232313332305a"},
    /* a second before the PAI */
    {"DAC_DATES_ISSUER", MATTER_DAC, BOTH, CHAIN_VALIDITY,
     "3020170d3233313131353232313331395a180f39393939313233313233353935395a"},
    /* the PAI a second before the PAA: a commissioner judges by the DAC's notBefore */
    {"PAI_DATES_ISSUER", MATTER_PAI, ONLY_OURS, CHAIN_VALIDITY,
     "3020170d3233313131343232313331395a180f39393939313233313233353935395a"},
    /* the PAI over before the PAA begins */
    {"PAI_DATES_ISSUER", MATTER_PAI, BOTH, CHAIN_VALIDITY,
     "301e170d3231313131343232313331395a170d3232313131343232313331395a"},
    {"DAC_KEY", MATTER_DAC, BOTH, CHAIN_SPKI,
     "3056301006072a8648ce3d020106052b8104000a034200"
     "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
     "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"},
    {"DAC_KEY", MATTER_DAC, BOTH, CHAIN_SPKI,
     "3059301306072a8648ce3d020106082a8648ce3d030107034200"
     "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
     "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"},
    {"DAC_BASIC_CONSTRAINTS", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), ""},
    {"DAC_BASIC_CONSTRAINTS", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), BC_END_NOT_CRITICAL},
    {"DAC_BASIC_CONSTRAINTS", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), BC_END_EXPLICIT},
    {"DAC_BASIC_CONSTRAINTS", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), BC_BAD},
    {"DAC_BASIC_CONSTRAINTS", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), BC_CA},
    {"DAC_PATH_LENGTH", MATTER_DAC, BOTH, PARTS_EXTENSION(BC), BC_END_PATH},
    {"PAI_BASIC_CONSTRAINTS", MATTER_PAI, BOTH, PARTS_EXTENSION(BC), BC_END},
    {"PAI_PATH_LENGTH", MATTER_PAI, BOTH, PARTS_EXTENSION(BC), BC_CA},
    {"PAI_PATH_LENGTH", MATTER_PAI, BOTH, PARTS_EXTENSION(BC), BC_CA_1},
    {"PAA_PATH_LENGTH", MATTER_PAA, BOTH, PARTS_EXTENSION(BC), BC_CA_0},
    {"PAA_PATH_LENGTH", MATTER_PAA, BOTH, PARTS_EXTENSION(BC), BC_CA_2},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), ""},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), KU_END_NOT_CRITICAL},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), KU_END_NINE_BITS},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), KU_END_LONG},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), KU_END_MORE},
    {"DAC_KEY_USAGE", MATTER_DAC, BOTH, PARTS_EXTENSION(KU), KU_CA},
    {"PAI_KEY_USAGE", MATTER_PAI, BOTH, PARTS_EXTENSION(KU), KU_CERT_ONLY},
    {"PAI_KEY_USAGE", MATTER_PAI, BOTH, PARTS_EXTENSION(KU), KU_CRL_ONLY},
    {"PAI_KEY_USAGE", MATTER_PAI, ONLY_OURS, PARTS_EXTENSION(KU), KU_CA_SIGN},
    {"PAA_KEY_USAGE", MATTER_PAA, ONLY_OURS, PARTS_EXTENSION(KU), KU_CA_SIGN},
    {"PAA_KEY_USAGE", MATTER_PAA, BOTH, PARTS_EXTENSION(KU), KU_END},
    {"DAC_SUBJECT_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(SKI), ""},
    {"DAC_SUBJECT_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(SKI), SKI_19},
    {"DAC_SUBJECT_KEY_ID", MATTER_DAC, ONLY_OURS, PARTS_EXTENSION(SKI), SKI_OTHER},
    {"DAC_EXTENSION", MATTER_DAC, BOTH, PARTS_EXTENSION(SKI), SKI_CRITICAL},
    {"DAC_AUTHORITY_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(AKI), ""},
    {"DAC_AUTHORITY_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(AKI), AKI_OTHER},
    {"DAC_AUTHORITY_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(AKI), AKI_19},
    {"DAC_AUTHORITY_KEY_ID", MATTER_DAC, BOTH, PARTS_EXTENSION(AKI), AKI_SERIAL},
    {"PAA_AUTHORITY_KEY_ID", MATTER_PAA, BOTH, PARTS_EXTENSION(AKI), AKI_OTHER},
    {"PAA_AUTHORITY_KEY_ID", MATTER_PAA, ONLY_OURS, PARTS_EXTENSION(AKI), ""},
    {"DAC_EXTENSION", MATTER_DAC, ONLY_OURS, PARTS_EXTENSION(ADD), EKU},
    {"DAC_EXTENSION", MATTER_DAC, ONLY_OURS, PARTS_EXTENSION(ADD), EKU_CRITICAL},
    {"DAC_EXTENSION", MATTER_DAC, ONLY_OURS, PARTS_EXTENSION(ADD), UNKNOWN},
    {"PAI_EXTENSION", MATTER_PAI, ONLY_OURS, PARTS_EXTENSION(ADD), EKU},
    {"DAC_EXTENSION", MATTER_DAC, BOTH, PARTS_EXTENSION(ADD), UNKNOWN_CRITICAL},
};

static void replace_extension(struct chain_parts *parts, size_t index, struct span value)
{
    if (index == ADD) {
        parts->extensions[parts->extension_count++] = value;
    } else if (value.size > 0) {
        parts->extensions[index] = value;
    } else {
        parts->extension_count--;
        memmove(&parts->extensions[index], &parts->extensions[index + 1],
                (parts->extension_count - index) * sizeof(parts->extensions[0]));
    }
}

static void mutate(const struct mutation *mutation, struct buf *ret_tbs)
{
    struct chain_parts parts;
    bool is_name = strncmp(mutation->value, "name:", 5) == 0;
    AUTO(buf_done)
    struct buf value = is_name ? chain_name(mutation->value + 5) : chain_hex(mutation->value);
    chain_cut(chain.certificates[mutation->kind].tbs, &parts);
    if (mutation->part >= CHAIN_PARTS) {
        replace_extension(&parts, (size_t)(mutation->part - CHAIN_PARTS), buf_span(&value));
    } else {
        parts.parts[mutation->part] = buf_span(&value);
    }
    chain_join(&parts, ret_tbs);
}

static void judge(const struct mutation *mutation, size_t index, bool imported, bool refused)
{
    struct pki_certificate certificate;
    struct problem problem = {0};
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    mutate(mutation, &tbs);
    const struct pki_certificate *issuer =
        mutation->kind == MATTER_PAA ? NULL : &chain.certificates[mutation->kind - 1];
    if (pki_certificate_parse_tbs(buf_span(&tbs), &certificate, &problem) != STATUS_OK) {
        fail_msg("row %zu: %s", index, problem.message);
    }
    status_t status =
        matter_certificate_lint(&certificate, mutation->kind, issuer, imported, &problem);
    if (!refused) {
        if (status != STATUS_OK) {
            fail_msg("row %zu imported: %s %s", index, problem.reason, problem.message);
        }
        return;
    }
    if (status != STATUS_REFUSED || strcmp(problem.reason, mutation->reason) != 0) {
        fail_msg("row %zu %s: wanted %s, got '%s' %s", index, imported ? "imported" : "ours",
                 mutation->reason, problem.reason, problem.message);
    }
}

static void test_mutations(void **state)
{
    (void)state;
    size_t count = sizeof(mutations) / sizeof(mutations[0]);
    for (size_t i = 0; i < count; i++) {
        const struct mutation *mutation = &mutations[i];
        if (mutation->judged != IMPORTED) {
            judge(mutation, i, false, true);
        }
        judge(mutation, i, true, mutation->judged != ONLY_OURS);
    }
    print_message("%zu mutated certificates refused for the right reason\n", count);
}

static void test_good_ones_pass(void **state)
{
    (void)state;
    for (enum matter_kind kind = MATTER_PAA; kind <= MATTER_DAC; kind++) {
        const struct pki_certificate *issuer =
            kind == MATTER_PAA ? NULL : &chain.certificates[kind - 1];
        assert_ok(matter_certificate_lint(&chain.certificates[kind], kind, issuer, false, NULL));
        assert_ok(matter_certificate_lint(&chain.certificates[kind], kind, issuer, true, NULL));
        assert_ok(matter_certificate_lint(&chain.certificates[kind], kind, NULL, true, NULL));
    }
}

/* One kind never passes as another. */
static void test_kinds_are_told_apart(void **state)
{
    (void)state;
    for (enum matter_kind actual = MATTER_PAA; actual <= MATTER_DAC; actual++) {
        for (enum matter_kind wanted = MATTER_PAA; wanted <= MATTER_DAC; wanted++) {
            status_t status =
                matter_certificate_lint(&chain.certificates[actual], wanted, NULL, true, NULL);
            assert_int_equal(status == STATUS_OK, actual == wanted);
        }
    }
}

/* Without its issuer what we sign cannot be judged, so it is refused. */
static void test_issuer_is_needed(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(
        matter_certificate_lint(&chain.certificates[MATTER_DAC], MATTER_DAC, NULL, false, &problem),
        STATUS_REFUSED);
    assert_string_equal(problem.reason, "DAC_ISSUER");
}

static void put_filler(struct buf *extension, size_t size)
{
    static const uint8_t oid[] = {0x2A, 0x03, 0x04, 0x05};
    size_t sequence = pki_der_open(extension, PKI_DER_SEQUENCE);
    pki_der_put(extension, PKI_DER_OID, SPAN_OF(oid));
    size_t value = pki_der_open(extension, PKI_DER_OCTET_STRING);
    buf_append_fill(extension, 0, size);
    pki_der_close(extension, value);
    pki_der_close(extension, sequence);
}

/* 600 octets: a TBS is judged with the longest signature it may get, 72 octets in its BIT STRING,
 * a whole certificate by what it is. */
static bool check_size(size_t filler)
{
    struct chain_parts parts;
    struct pki_certificate certificate;
    struct problem problem = {0};
    uint8_t signature[72] = {0};
    AUTO(buf_done) struct buf tbs;
    AUTO(buf_done) struct buf der;
    AUTO(buf_done) struct buf extension;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    buf_init(&extension, PKI_CERTIFICATE_MAX);
    put_filler(&extension, filler);
    chain_cut(chain.certificates[MATTER_DAC].tbs, &parts);
    parts.extensions[parts.extension_count++] = buf_span(&extension);
    chain_join(&parts, &tbs);
    assert_ok(pki_certificate_assemble(buf_span(&tbs), SPAN_OF(signature), &der));
    bool fits = der.size <= MATTER_CERTIFICATE_MAX;
    const struct span both[] = {buf_span(&tbs), buf_span(&der)};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(i == 0 ? pki_certificate_parse_tbs(both[i], &certificate, &problem)
                         : pki_certificate_parse(both[i], &certificate, &problem));
        status_t status = matter_certificate_lint(&certificate, MATTER_DAC,
                                                  &chain.certificates[MATTER_PAI], true, &problem);
        assert_int_equal(status == STATUS_OK, fits);
        if (!fits) {
            assert_string_equal(problem.reason, "DAC_SIZE");
        }
    }
    return fits;
}

static void test_size(void **state)
{
    (void)state;
    bool fitted = true;
    for (size_t filler = 0; filler < 300; filler++) {
        bool fits = check_size(filler);
        assert_true(fitted || !fits);
        fitted = fits;
    }
    assert_true(check_size(0));
    assert_false(fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones_pass),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_kinds_are_told_apart),
        cmocka_unit_test(test_issuer_is_needed),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, chain_set_up, chain_tear_down);
}

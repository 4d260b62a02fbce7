/* Certificates: strict DER, and no octet can change unseen. */
#include "lib/pki/certificate.h"

#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/oid.h"
#include "tests/unit/matter_certificate/chain.h"

static status_t parse_hex_part(enum chain_part part, const char *hex, struct problem *problem)
{
    struct chain_parts parts;
    struct pki_certificate certificate;
    AUTO(buf_done) struct buf value = chain_hex(hex);
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    chain_cut(chain.certificates[MATTER_DAC].tbs, &parts);
    parts.parts[part] = buf_span(&value);
    chain_join(&parts, &tbs);
    return pki_certificate_parse_tbs(buf_span(&tbs), &certificate, problem);
}

static const struct {
    enum chain_part part;
    const char *value;
    const char *field;
} malformed[] = {
    {CHAIN_VERSION, "a003020100", "version"}, /* v1 is the default, not encoded */
    {CHAIN_VERSION, "a003020103", "version"},
    {CHAIN_VERSION, "a00302010200", "serialNumber"},
    {CHAIN_VERSION, "a0050201020500", "version"},
    {CHAIN_SERIAL, "0200", "serialNumber"},
    {CHAIN_SERIAL, "02020001", "serialNumber"},
    {CHAIN_SERIAL, "021601020304050607080910111213141516171819202122", "serialNumber"},
    {CHAIN_ALGORITHM, "3000", "signature"},
    {CHAIN_ALGORITHM, "300e06082a8648ce3d04030205000500", "signature"},
    {CHAIN_ISSUER, "30023100", "issuer"},
    {CHAIN_SUBJECT, "30023100", "subject"},
    {CHAIN_VALIDITY, "3000", "validity"},
    /* GeneralizedTime before 2050; a third date */
    {CHAIN_VALIDITY, "3022180f32303233303130313030303030305a180f39393939313233313233353935395a",
     "validity"},
    {CHAIN_SPKI, "3000", "subjectPublicKeyInfo"},
    {CHAIN_SPKI, "300f300906072a8648ce3d02010302010f", "subjectPublicKeyInfo"},
    /* an issuerUniqueID after the key */
    {CHAIN_SPKI, "300d300706052b810400010302000f81020000", "tbsCertificate end"},
};

static void test_malformed_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct problem problem = {0};
        status_t status = parse_hex_part(malformed[i].part, malformed[i].value, &problem);
        if (status != STATUS_MALFORMED || strcmp(problem.field, malformed[i].field) != 0) {
            fail_msg("row %zu: %s %s", i, status_text(status), problem.field);
        }
        assert_string_equal(problem.reason, "CERTIFICATE_MALFORMED");
    }
}

static status_t parse_with_extension(const char *hex, size_t copies, struct problem *problem)
{
    struct chain_parts parts;
    struct pki_certificate certificate;
    AUTO(buf_done) struct buf value = chain_hex(hex);
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    chain_cut(chain.certificates[MATTER_DAC].tbs, &parts);
    for (size_t i = 0; i < copies; i++) {
        parts.extensions[parts.extension_count++] = buf_span(&value);
    }
    chain_join(&parts, &tbs);
    return pki_certificate_parse_tbs(buf_span(&tbs), &certificate, problem);
}

static void test_extensions(void **state)
{
    (void)state;
    struct problem problem;
    assert_ok(parse_with_extension("300806022a0304020500", 1, &problem));
    assert_int_equal(parse_with_extension("300806022a0304020500", 2, &problem), STATUS_MALFORMED);
    assert_int_equal(parse_with_extension("300b06022a0301010004020500", 1, &problem),
                     STATUS_MALFORMED); /* explicit FALSE */
    assert_ok(parse_with_extension("300b06022a030101ff04020500", 1, &problem));
    assert_int_equal(parse_with_extension("300406022a03", 1, &problem), STATUS_MALFORMED);
    assert_int_equal(parse_with_extension("3000", 1, &problem), STATUS_MALFORMED);
    assert_string_equal(problem.field, "extensions");
}

/* PKI_EXTENSIONS_MAX different ones are read, one more is not. */
static void test_extension_limit(void **state)
{
    (void)state;
    for (size_t count = PKI_EXTENSIONS_MAX; count <= PKI_EXTENSIONS_MAX + 1; count++) {
        uint8_t filler[PKI_EXTENSIONS_MAX + 1][8];
        struct chain_parts parts;
        struct pki_certificate certificate;
        AUTO(buf_done) struct buf tbs;
        buf_init(&tbs, PKI_CERTIFICATE_MAX);
        chain_cut(chain.certificates[MATTER_DAC].tbs, &parts);
        while (parts.extension_count < count) {
            uint8_t *extension = filler[parts.extension_count];
            memcpy(extension, "\x30\x06\x06\x02\x2A\x00\x04\x00", 8);
            extension[5] = (uint8_t)parts.extension_count;
            parts.extensions[parts.extension_count++] = span_make(extension, 8);
        }
        chain_join(&parts, &tbs);
        status_t status = pki_certificate_parse_tbs(buf_span(&tbs), &certificate, NULL);
        assert_int_equal(status == STATUS_OK, count == PKI_EXTENSIONS_MAX);
    }
}

static void test_frame(void **state)
{
    (void)state;
    struct pki_certificate certificate;
    struct problem problem = {0};
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX + 1);
    buf_append_span(&der, buf_span(&chain.der[MATTER_DAC]));
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(pki_certificate_parse(span_make(der.data, size), &certificate, &problem),
                         STATUS_MALFORMED);
    }
    buf_append_byte(&der, 0);
    assert_int_equal(pki_certificate_parse(buf_span(&der), &certificate, &problem),
                     STATUS_MALFORMED);
    assert_string_equal(problem.reason, "CERTIFICATE_TRAILING_BYTES");
    buf_append_fill(&der, 0, PKI_CERTIFICATE_MAX + 1 - der.size);
    assert_int_equal(pki_certificate_parse(buf_span(&der), &certificate, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "CERTIFICATE_TOO_LARGE");
}

/* Every changed octet is malformed or fails to verify. */
static void test_every_octet(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    buf_append_span(&der, buf_span(&chain.der[MATTER_DAC]));
    for (size_t i = 0; i < der.size; i++) {
        struct pki_certificate certificate;
        der.data[i] ^= 0x01;
        status_t status = pki_certificate_parse(buf_span(&der), &certificate, NULL);
        if (status == STATUS_OK) {
            status = pki_certificate_verify(&certificate, SPAN_OF(chain.points[MATTER_PAI]), NULL);
            assert_int_equal(status, STATUS_REFUSED);
        } else {
            assert_int_equal(status, STATUS_MALFORMED);
        }
        der.data[i] ^= 0x01;
    }
}

static void test_verify(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct pki_certificate dac = chain.certificates[MATTER_DAC];
    assert_ok(pki_certificate_verify(&dac, SPAN_OF(chain.points[MATTER_PAI]), &problem));
    assert_int_equal(pki_certificate_verify(&dac, SPAN_OF(chain.points[MATTER_PAA]), &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CERTIFICATE_SIGNATURE");
    dac.signature_algorithm = pki_oid_algorithm_sha256;
    assert_int_equal(pki_certificate_verify(&dac, SPAN_OF(chain.points[MATTER_PAI]), &problem),
                     STATUS_REFUSED);
    assert_string_equal(problem.reason, "CERTIFICATE_ALGORITHM");
}

static void test_assemble(void **state)
{
    (void)state;
    const struct pki_certificate *dac = &chain.certificates[MATTER_DAC];
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    assert_ok(pki_certificate_assemble(dac->tbs, dac->signature, &der));
    assert_span_equal(buf_span(&der), dac->der);
    assert_int_equal(pki_certificate_assemble(span_text("no TBS"), dac->signature, &der),
                     STATUS_MALFORMED);
}

static const struct {
    const char *value;
    bool valid;
    bool only;
    size_t size;
} authority_ids[] = {
    {"3000", true, true, 0},
    {"30048002ffff", true, true, 2},
    {"30078002ffff820101", true, false, 2},
    {"300b8002ffffa1028200820101", true, false, 2},
    {"3003820101", true, false, 0},
    {"30078201018002ffff", false, false, 0}, /* out of order */
    {"30048002ff", false, false, 0},
    {"300083", false, false, 0},
    {"30028300", false, false, 0},
};

static void test_authority_key_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(authority_ids) / sizeof(authority_ids[0]); i++) {
        AUTO(buf_done) struct buf value = chain_hex(authority_ids[i].value);
        struct pki_authority_key_id key_id;
        status_t status = pki_extension_authority_key_id(buf_span(&value), &key_id);
        assert_int_equal(status, authority_ids[i].valid ? STATUS_OK : STATUS_MALFORMED);
        if (authority_ids[i].valid) {
            assert_int_equal(key_id.key_id.size, authority_ids[i].size);
            assert_int_equal(key_id.key_id_only, authority_ids[i].only);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_parts), cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_extension_limit), cmocka_unit_test(test_frame),
        cmocka_unit_test(test_every_octet),     cmocka_unit_test(test_verify),
        cmocka_unit_test(test_assemble),        cmocka_unit_test(test_authority_key_id),
    };
    return cmocka_run_group_tests(tests, chain_set_up, chain_tear_down);
}

/* image_build_files FOLDER: what an attestation of two products needs, signed with the keys that
 * are there (paa.key, pai.key, dac.key, cd.key): paa.der, pai.der, pai-8001.der, dac-8000.der,
 * dac-8001.der, cd.der (for both), cd-signer.der. */
#include "lib/base/file.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

enum { PATH_MAX_BYTES = 512, VENDOR_ID = 0xFFF1, NOT_BEFORE = 1700000000 };

struct key {
    struct pki_plain_key *key;
    struct signer signer;
    struct span point;
};

static struct key read_key(const char *folder, const char *name)
{
    struct key key;
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    AUTO(buf_done) struct buf content = test_read_file(path);
    assert_ok(pki_plain_key_read(buf_span(&content), &key.key, NULL));
    key.signer = pki_plain_key_signer(key.key);
    assert_ok(pki_plain_key_spki_point(key.signer.spki, &key.point));
    return key;
}

static void put_file(const char *folder, const char *name, struct span content)
{
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_ok(file_write(path, content, 0644));
}

static struct buf issue(const char *folder, const char *name, struct matter_certificate certificate,
                        const struct key *issuer)
{
    struct buf der;
    static uint8_t number;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    certificate.serial[0] = 0x41;
    certificate.serial[1] = ++number;
    certificate.not_before = NOT_BEFORE;
    certificate.not_after = MATTER_NO_EXPIRY;
    assert_ok(matter_certificate_issue(&certificate, &issuer->signer, &der, NULL));
    put_file(folder, name, buf_span(&der));
    return der;
}

static void issue_last(const char *folder, const char *name, struct matter_certificate certificate,
                       const struct key *issuer)
{
    AUTO(buf_done) struct buf der = issue(folder, name, certificate, issuer);
    assert_true(der.size > 0);
}

static void make_cd(const char *folder)
{
    struct key key = read_key(folder, "cd.key");
    struct pki_certificate parsed;
    AUTO(buf_done)
    struct buf signer = issue(folder, "cd-signer.der",
                              (struct matter_certificate){.kind = MATTER_PAA,
                                                          .common_name = "CD signer",
                                                          .vendor_id = -1,
                                                          .product_id = -1,
                                                          .public_key = key.point},
                              &key);
    AUTO(buf_done) struct buf der;
    struct matter_cd cd = {
        .vendor_id = VENDOR_ID,
        .product_ids = {0x8000, 0x8001},
        .product_id_count = 2,
        .device_type_id = 0x0100,
        .certificate_id = "ZIG20141ZB330001-24",
        .version_number = 1,
        .type = MATTER_CD_DEVELOPMENT,
    };
    assert_ok(pki_certificate_parse(buf_span(&signer), &parsed, NULL));
    memcpy(cd.signer_key_id, parsed.subject_key_id.data, sizeof(cd.signer_key_id));
    buf_init(&der, MATTER_CD_MAX);
    assert_ok(matter_cd_make(&cd, &key.signer, &der, NULL));
    put_file(folder, "cd.der", buf_span(&der));
    pki_plain_key_free(key.key);
}

static void make_chain(const char *folder)
{
    struct key paa_key = read_key(folder, "paa.key");
    struct key pai_key = read_key(folder, "pai.key");
    struct key dac_key = read_key(folder, "dac.key");
    struct key other_key = read_key(folder, "other.key");
    struct pki_certificate paa, pai;
    struct matter_certificate next = {.kind = MATTER_PAA,
                                      .common_name = "PAA",
                                      .vendor_id = VENDOR_ID,
                                      .product_id = -1,
                                      .public_key = paa_key.point};
    AUTO(buf_done) struct buf paa_der = issue(folder, "paa.der", next, &paa_key);
    assert_ok(pki_certificate_parse(buf_span(&paa_der), &paa, NULL));
    next.kind = MATTER_PAI;
    next.common_name = "PAI";
    next.public_key = pai_key.point;
    next.issuer = &paa;
    AUTO(buf_done) struct buf pai_der = issue(folder, "pai.der", next, &paa_key);
    next.product_id = 0x8001;
    issue_last(folder, "pai-8001.der", next, &paa_key);
    assert_ok(pki_certificate_parse(buf_span(&pai_der), &pai, NULL));
    next.kind = MATTER_DAC;
    next.common_name = "7a2a9b0e-9d4e-4f0a-8f0e-3f1f2c1d0b5a";
    next.public_key = dac_key.point;
    next.issuer = &pai;
    issue_last(folder, "dac-8001.der", next, &pai_key);
    next.product_id = 0x8000;
    issue_last(folder, "dac-8000.der", next, &pai_key);
    next.common_name = "other";
    next.public_key = other_key.point;
    issue_last(folder, "other-8000.der", next, &pai_key);
    pki_plain_key_free(other_key.key);
    pki_plain_key_free(paa_key.key);
    pki_plain_key_free(pai_key.key);
    pki_plain_key_free(dac_key.key);
}

static void make(void **state)
{
    make_chain(*state);
    make_cd(*state);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: image_build_files FOLDER\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(make, argv[1])};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cd_files FOLDER: Certification Declarations, good and bad, and their signer's certificate, which
 * is a PAA's by profile and so serves as one too. */
#include "lib/base/file.h"
#include "lib/matter/cd_content.h"
#include "tests/unit/matter_cd/sample.h"

enum { PATH_MAX_BYTES = 512 };

static void put_file(const char *folder, const char *name, struct span content)
{
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_ok(file_write(path, content, 0644));
}

static void put_cd(const char *folder, const char *name, const struct sample_signer *signer,
                   const struct matter_cd *cd, bool damaged)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, MATTER_CD_MAX);
    matter_cd_content_put(cd, &content);
    AUTO(buf_done) struct buf der = sample_wrap(signer, buf_span(&content), SAMPLE_GOOD);
    if (damaged) {
        uint8_t *id = memmem(der.data, der.size, cd->certificate_id, strlen(cd->certificate_id));
        assert_non_null(id);
        id[0] = 'Z';
    }
    put_file(folder, name, buf_span(&der));
}

static void make(void **state)
{
    const char *folder = *state;
    struct sample_signer signer;
    sample_signer_init(&signer);
    struct matter_cd cd = sample_cd(&signer);
    put_file(folder, "signer.der", buf_span(&signer.certificate));
    put_cd(folder, "good.der", &signer, &cd, false);
    put_cd(folder, "damaged.der", &signer, &cd, true);
    cd.paa_count = 1;
    memcpy(cd.paa_key_ids[0], signer.key_id, sizeof(signer.key_id));
    put_cd(folder, "paa.der", &signer, &cd, false);
    cd.paa_key_ids[0][0] ^= 1;
    put_cd(folder, "other-paa.der", &signer, &cd, false);
    cd.paa_count = 0;
    cd.has_dac_origin = true;
    cd.dac_origin_vendor_id = 0xFFF2;
    cd.dac_origin_product_id = 0x8002;
    put_cd(folder, "origin.der", &signer, &cd, false);
    sample_signer_done(&signer);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: cd_files FOLDER\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(make, argv[1])};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/image/chain.h"

#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/securecert/key.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

enum { CHAIN_START = 1700000000 };

const uint8_t chain_paa_key[32] = {1, 2, 3, 4};
static const uint8_t pai_key[32] = {5, 6, 7, 8};
static const uint8_t dac_key[32] = {9, 10, 11, 12};
static const uint8_t hmac_key[32] = {13, 14, 15, 16};
static const uint8_t hmac_salt[32] = {17, 18, 19, 20};

static void must(status_t status, const struct problem *problem)
{
    if (status != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem->reason, problem->field, problem->message);
    }
}

/* `issuer` is NULL for the PAA. */
static void issue(struct matter_certificate certificate, const uint8_t *key, struct span issuer,
                  const uint8_t *issuer_key, struct buf *ret_der)
{
    struct problem problem = {0};
    struct pki_certificate parsed;
    uint8_t point[PKI_POINT_SIZE];
    AUTO(pki_plain_key_free) struct pki_plain_key *signing = NULL;
    assert_ok(pki_plain_key_public(span_make(key, 32), point));
    assert_ok(pki_plain_key_from_scalar(span_make(issuer_key, 32), &signing));
    certificate.public_key = SPAN_OF(point);
    certificate.not_before = CHAIN_START;
    certificate.not_after = MATTER_NO_EXPIRY;
    if (issuer.size > 0) {
        must(pki_certificate_parse(issuer, &parsed, &problem), &problem);
        certificate.issuer = &parsed;
    }
    const struct signer signer = pki_plain_key_signer(signing);
    buf_init(ret_der, PKI_CERTIFICATE_MAX);
    must(matter_certificate_issue(&certificate, &signer, ret_der, &problem), &problem);
}

static void issue_dac(struct chain *chain, const uint8_t *key)
{
    issue((struct matter_certificate){.kind = MATTER_DAC,
                                      .serial = {1, 3},
                                      .common_name = "5c4fa4a7-9a6f-4b0c-8a3e-0c5f0e1d2c3b",
                                      .vendor_id = 0xfff1,
                                      .product_id = 0x8000},
          key, buf_span(&chain->pai), pai_key, &chain->dac);
}

static void issue_certificates(struct chain *chain)
{
    issue((struct matter_certificate){.kind = MATTER_PAA,
                                      .serial = {1, 1},
                                      .common_name = "Sample PAA",
                                      .vendor_id = -1,
                                      .product_id = -1},
          chain_paa_key, (struct span){0}, chain_paa_key, &chain->paa);
    issue((struct matter_certificate){.kind = MATTER_PAI,
                                      .serial = {1, 2},
                                      .common_name = "Sample PAI",
                                      .vendor_id = 0xfff1,
                                      .product_id = -1},
          pai_key, buf_span(&chain->paa), chain_paa_key, &chain->pai);
    issue_dac(chain, dac_key);
}

static void make_cd(struct chain *chain)
{
    struct matter_cd cd = {
        .vendor_id = 0xfff1,
        .product_ids = {0x8000},
        .product_id_count = 1,
        .device_type_id = 0x0100,
        .certificate_id = "ZIG0000000000000000",
        .version_number = 1,
        .type = MATTER_CD_DEVELOPMENT,
        .signer_key_id = {0xaa, 0xbb, 1},
    };
    struct problem problem = {0};
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(chain_paa_key), &key));
    const struct signer signer = pki_plain_key_signer(key);
    buf_init(&chain->cd, MATTER_CD_MAX);
    must(matter_cd_make(&cd, &signer, &chain->cd, &problem), &problem);
}

void chain_init(struct chain *chain, bool encrypted)
{
    issue_certificates(chain);
    make_cd(chain);
    chain->product = encrypted ? sample_encrypted_product() : sample_product();
    chain->unit = encrypted ? sample_encrypted_unit() : sample_unit();
    chain->product.pai = buf_span(&chain->pai);
    chain->product.certification_declaration = buf_span(&chain->cd);
    assert_ok(pki_plain_key_public(SPAN_OF(dac_key), chain->dac_public_key));
    assert_ok(matter_spake2p_verifier(chain->unit.passcode, chain->unit.salt,
                                      chain->product.spake2p_iterations, chain->verifier));
    chain->unit.dac = buf_span(&chain->dac);
    chain->unit.dac_key = SPAN_OF(dac_key);
    chain->unit.dac_public_key = SPAN_OF(chain->dac_public_key);
    chain->unit.verifier = SPAN_OF(chain->verifier);
    const struct matter_onboarding onboarding = {
        .vendor_id = chain->product.vendor_id,
        .product_id = chain->product.product_id,
        .flow = chain->product.flow,
        .discovery = chain->product.discovery,
        .discriminator = chain->unit.discriminator,
        .passcode = chain->unit.passcode,
    };
    assert_ok(matter_onboarding_qr(&onboarding, chain->qr_code, NULL));
    assert_ok(matter_onboarding_manual(&onboarding, chain->manual_code, NULL));
}

void chain_done(struct chain *chain)
{
    buf_done(&chain->paa);
    buf_done(&chain->pai);
    buf_done(&chain->dac);
    buf_done(&chain->cd);
}

void chain_add_secure_cert(struct chain *chain)
{
    chain->product.chip = "esp32h2";
    chain->product.secure_cert =
        (struct image_partition){.label = "esp_secure_cert", .offset = 0xd000, .size = 0x2000};
}

static void derive(struct chain *chain)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    assert_ok(securecert_key_derive(SPAN_OF(hmac_key), SPAN_OF(hmac_salt), &scalar,
                                    chain->dac_public_key, NULL));
    buf_done(&chain->dac);
    issue_dac(chain, scalar.data);
    chain->unit.dac = buf_span(&chain->dac);
    chain->unit.dac_key = (struct span){0};
    chain->unit.dac_hmac_key = SPAN_OF(hmac_key);
    chain->unit.dac_hmac_salt = SPAN_OF(hmac_salt);
}

void chain_use_dac_key(struct chain *chain, enum image_dac_key key)
{
    chain_add_secure_cert(chain);
    chain->product.dac_key = key;
    chain->product.dac_key_block = 2;
    if (key == IMAGE_DAC_KEY_DERIVED) {
        derive(chain);
    }
}

struct image_check chain_check(const struct chain *chain, const struct image_set *set)
{
    return (struct image_check){
        .files = set->files,
        .file_count = set->file_count,
        .efuse_keys = set->efuse_keys,
        .efuse_key_count = set->efuse_key_count,
        .manifest = buf_span(&set->manifest),
        .flash_args = buf_span(&set->flash_args),
        .dac = buf_span(&chain->dac),
        .pai = buf_span(&chain->pai),
        .paa = buf_span(&chain->paa),
        .qr_code = chain->qr_code,
        .manual_code = chain->manual_code,
        .serial_number = chain->unit.serial_number,
        .now = CHAIN_NOW,
    };
}

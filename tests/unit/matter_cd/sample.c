#include "tests/unit/matter_cd/sample.h"

#include "lib/base/digest.h"
#include "lib/matter/certificate.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"

void sample_signer_init(struct sample_signer *signer)
{
    uint8_t scalar[PKI_SCALAR_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    struct problem problem = {0};
    memset(scalar, 0x44, sizeof(scalar));
    assert_ok(pki_plain_key_public(SPAN_OF(scalar), point));
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &signer->key));
    digest_sha1(SPAN_OF(point), signer->key_id);
    buf_init(&signer->certificate, PKI_CERTIFICATE_MAX);
    /* any certificate with the key and its id will do: a PAA's is at hand */
    const struct matter_certificate recipe = {
        .kind = MATTER_PAA,
        .common_name = "CD signer",
        .vendor_id = -1,
        .product_id = -1,
        .not_before = 1700000000,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = SPAN_OF(point),
    };
    struct signer own = pki_plain_key_signer(signer->key);
    assert_ok(matter_certificate_issue(&recipe, &own, &signer->certificate, &problem));
}

void sample_signer_done(struct sample_signer *signer)
{
    pki_plain_key_free(signer->key);
    buf_done(&signer->certificate);
}

struct matter_cd sample_cd(const struct sample_signer *signer)
{
    struct matter_cd cd = {
        .vendor_id = SAMPLE_VENDOR,
        .product_ids = {SAMPLE_PRODUCT, 0x80},
        .product_id_count = 2,
        .device_type_id = 0x100,
        .certificate_id = "ABC00000DE123456-78",
        .version_number = 1,
        .type = MATTER_CD_DEVELOPMENT,
    };
    memcpy(cd.signer_key_id, signer->key_id, sizeof(cd.signer_key_id));
    return cd;
}

static void put_algorithm(struct buf *der, bool bad)
{
    static const uint8_t sha1[] = {0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E,
                                   0x03, 0x02, 0x1A, 0x05, 0x00};
    buf_append_span(der, bad ? SPAN_OF(sha1) : pki_oid_algorithm_sha256);
}

static void put_digests(struct buf *der, enum sample_flaw flaw)
{
    size_t set = pki_der_open(der, PKI_DER_SET);
    put_algorithm(der, flaw == SAMPLE_DIGEST);
    if (flaw == SAMPLE_TWO_DIGESTS) {
        put_algorithm(der, false);
    }
    pki_der_close(der, set);
}

static void put_content(struct buf *der, struct span content, enum sample_flaw flaw)
{
    size_t info = pki_der_open(der, PKI_DER_SEQUENCE);
    pki_der_put(der, PKI_DER_OID, flaw == SAMPLE_CONTENT_TYPE ? pki_oid_signed_data : pki_oid_data);
    if (flaw != SAMPLE_NO_CONTENT) {
        size_t wrapper = pki_der_open(der, PKI_DER_CONTEXT_CONSTRUCTED(0));
        pki_der_put(der, PKI_DER_OCTET_STRING, content);
        pki_der_close(der, wrapper);
    }
    pki_der_close(der, info);
}

static void put_signer(struct buf *der, const struct sample_signer *signer, struct span content,
                       enum sample_flaw flaw)
{
    size_t mark = pki_der_open(der, PKI_DER_SEQUENCE);
    AUTO(buf_done) struct buf signature;
    struct signer own = pki_plain_key_signer(signer->key);
    buf_init(&signature, 100);
    assert_ok(own.sign(own.context, content, &signature, NULL));
    pki_der_put_number(der, flaw == SAMPLE_SIGNER_VERSION ? 1 : 3);
    if (flaw == SAMPLE_SIGNER_ID) {
        pki_der_put(der, PKI_DER_SEQUENCE, (struct span){0}); /* issuerAndSerialNumber */
    } else {
        size_t size = flaw == SAMPLE_SIGNER_ID_SIZE ? MATTER_KEY_ID_SIZE - 1 : MATTER_KEY_ID_SIZE;
        pki_der_put(der, PKI_DER_CONTEXT(0), span_make(signer->key_id, size));
    }
    put_algorithm(der, flaw == SAMPLE_SIGNER_DIGEST);
    if (flaw == SAMPLE_SIGNED_ATTRIBUTES) {
        pki_der_put(der, PKI_DER_CONTEXT_CONSTRUCTED(0), (struct span){0});
    }
    buf_append_span(der, flaw == SAMPLE_ALGORITHM ? pki_oid_algorithm_sha256
                                                  : pki_oid_algorithm_ecdsa_sha256);
    pki_der_put(der, PKI_DER_OCTET_STRING, buf_span(&signature));
    if (flaw == SAMPLE_UNSIGNED_ATTRIBUTES) {
        pki_der_put(der, PKI_DER_CONTEXT_CONSTRUCTED(1), (struct span){0});
    }
    pki_der_close(der, mark);
}

static void put_signers(struct buf *der, const struct sample_signer *signer, struct span content,
                        enum sample_flaw flaw)
{
    size_t set = pki_der_open(der, PKI_DER_SET);
    if (flaw != SAMPLE_NO_SIGNER) {
        put_signer(der, signer, content, flaw);
    }
    if (flaw == SAMPLE_TWO_SIGNERS) {
        put_signer(der, signer, content, flaw);
    }
    pki_der_close(der, set);
}

struct buf sample_wrap(const struct sample_signer *signer, struct span content,
                       enum sample_flaw flaw)
{
    struct buf der;
    buf_init(&der, 2 * MATTER_CD_MAX);
    size_t info = pki_der_open(&der, PKI_DER_SEQUENCE);
    pki_der_put(&der, PKI_DER_OID,
                flaw == SAMPLE_SIGNED_DATA_TYPE ? pki_oid_data : pki_oid_signed_data);
    size_t wrapper = pki_der_open(&der, PKI_DER_CONTEXT_CONSTRUCTED(0));
    size_t signed_data = pki_der_open(&der, PKI_DER_SEQUENCE);
    pki_der_put_number(&der, flaw == SAMPLE_VERSION ? 1 : 3);
    put_digests(&der, flaw);
    put_content(&der, content, flaw);
    if (flaw == SAMPLE_CERTIFICATES || flaw == SAMPLE_CRLS) {
        pki_der_put(&der, PKI_DER_CONTEXT_CONSTRUCTED(flaw == SAMPLE_CRLS ? 1 : 0),
                    (struct span){0});
    }
    put_signers(&der, signer, content, flaw);
    if (flaw == SAMPLE_EXTRA_FIELD) {
        pki_der_put_number(&der, 0);
    }
    pki_der_close(&der, signed_data);
    pki_der_close(&der, wrapper);
    pki_der_close(&der, info);
    assert_ok(buf_status(&der));
    return der;
}

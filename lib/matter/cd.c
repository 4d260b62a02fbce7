#include "lib/matter/cd.h"

#include "lib/matter/cd_content.h"
#include "lib/matter/cd_envelope.h"
#include "lib/matter/cd_signers.h"
#include "lib/pki/certificate.h"
#include "lib/pki/plain_key.h"

status_t matter_cd_parse(struct span der, struct matter_cd *ret_cd, struct problem *problem)
{
    struct matter_cd_envelope envelope;
    struct matter_cd cd;
    TRY(matter_cd_envelope_parse(der, &envelope, problem));
    TRY(matter_cd_content_parse(envelope.content, &cd, problem));
    memcpy(cd.signer_key_id, envelope.signer_key_id.data, MATTER_KEY_ID_SIZE);
    *ret_cd = cd;
    return STATUS_OK;
}

/* Among the caller's certificates. A certificate that cannot be read is no reason to look on: the
 * caller meant it. */
static status_t find_configured(struct span key_id, const struct span *certificates, size_t count,
                                struct span *ret_point, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        struct pki_certificate certificate;
        TRY(pki_certificate_parse(certificates[i], &certificate, problem));
        if (span_equal(certificate.subject_key_id, key_id)) {
            if (pki_plain_key_spki_point(certificate.spki, ret_point) == STATUS_OK) {
                return STATUS_OK;
            }
            return problem_say(problem, STATUS_REFUSED, "CD_SIGNER_KEY", "cd_signer",
                               "the CD signer's certificate holds no P-256 key: give the "
                               "certificate of the key that signed the CD");
        }
    }
    return problem_say(problem, STATUS_REFUSED, "CD_SIGNER_UNKNOWN", "cd",
                       "the Certification Declaration is signed by a key that is neither the "
                       "CSA's nor among the CD signers given: give its signer's certificate");
}

status_t matter_cd_verify(struct span der, const struct span *certificates, size_t count,
                          enum matter_cd_signer *ret_signer, struct problem *problem)
{
    struct matter_cd_envelope envelope;
    struct matter_cd cd;
    struct span point;
    enum matter_cd_signer signer = MATTER_CD_SIGNER_CONFIGURED;
    TRY(matter_cd_envelope_parse(der, &envelope, problem));
    TRY(matter_cd_content_parse(envelope.content, &cd, problem));
    /* built-in keys first: a certificate given by the caller cannot pass as the CSA's */
    if (!matter_cd_signers_find(envelope.signer_key_id, &point, &signer)) {
        TRY(find_configured(envelope.signer_key_id, certificates, count, &point, problem));
    }
    if (pki_plain_key_verify(point, envelope.content, envelope.signature) != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "CD_SIGNATURE", "cd",
                           "the Certification Declaration's signature does not verify under the "
                           "key it names: the file was changed or damaged");
    }
    if (!matter_cd_signers_may_sign(signer, cd.type)) {
        return problem_say(problem, STATUS_REFUSED, "CD_SIGNER_TYPE", "cd.certification_type",
                           "an official Certification Declaration is signed by the public test "
                           "key: use the one the CSA signed");
    }
    *ret_signer = signer;
    return STATUS_OK;
}

static bool covers_product(const struct matter_cd *cd, uint16_t product_id)
{
    for (size_t i = 0; i < cd->product_id_count; i++) {
        if (cd->product_ids[i] == product_id) {
            return true;
        }
    }
    return false;
}

/* SPEC.md D-MATCH-1: what the device says of itself. */
static status_t check_product(const struct matter_cd *cd, const struct matter_cd_match *match,
                              struct problem *problem)
{
    if (cd->vendor_id != match->vendor_id) {
        return problem_say(problem, STATUS_REFUSED, "CD_VENDOR_ID", "vendor_id",
                           "the Certification Declaration is for vendor 0x%04X, not 0x%04X: use "
                           "the product's own",
                           cd->vendor_id, match->vendor_id);
    }
    if (!covers_product(cd, match->product_id)) {
        return problem_say(problem, STATUS_REFUSED, "CD_PRODUCT_ID", "product_id",
                           "the Certification Declaration does not cover product 0x%04X: use the "
                           "product's own",
                           match->product_id);
    }
    return STATUS_OK;
}

static status_t check_dac_vendor(const struct matter_cd *cd, const struct matter_cd_match *match,
                                 struct problem *problem)
{
    uint16_t expected = cd->has_dac_origin ? cd->dac_origin_vendor_id : cd->vendor_id;
    if (match->dac_vendor_id == expected) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CD_DAC_VENDOR_ID", "dac",
                       "the Certification Declaration allows DACs of vendor 0x%04X only, not "
                       "0x%04X: use the PAI it was made for",
                       expected, match->dac_vendor_id);
}

static bool chain_product_allowed(const struct matter_cd *cd, uint16_t product_id)
{
    return cd->has_dac_origin ? product_id == cd->dac_origin_product_id
                              : covers_product(cd, product_id);
}

/* SPEC.md D-MATCH-2: what the certificates say. */
static status_t check_chain(const struct matter_cd *cd, const struct matter_cd_match *match,
                            struct problem *problem)
{
    TRY(check_dac_vendor(cd, match, problem));
    if (!chain_product_allowed(cd, match->dac_product_id)) {
        return problem_say(problem, STATUS_REFUSED, "CD_DAC_PRODUCT_ID", "dac",
                           "the Certification Declaration does not allow DACs of product 0x%04X",
                           match->dac_product_id);
    }
    if (match->pai_product_id >= 0 && !chain_product_allowed(cd, (uint16_t)match->pai_product_id)) {
        return problem_say(problem, STATUS_REFUSED, "CD_PAI_PRODUCT_ID", "pai",
                           "the Certification Declaration does not allow a PAI of product 0x%04X",
                           (unsigned)match->pai_product_id);
    }
    return STATUS_OK;
}

/* SPEC.md D-MATCH-3. */
static status_t check_paa(const struct matter_cd *cd, const struct matter_cd_match *match,
                          struct problem *problem)
{
    for (size_t i = 0; i < cd->paa_count; i++) {
        if (span_equal(match->paa_key_id, SPAN_OF(cd->paa_key_ids[i]))) {
            return STATUS_OK;
        }
    }
    if (cd->paa_count == 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CD_PAA", "paa",
                       "the chain's PAA is not among the %zu that the Certification Declaration "
                       "authorizes",
                       cd->paa_count);
}

status_t matter_cd_check(const struct matter_cd *cd, const struct matter_cd_match *match,
                         struct problem *problem)
{
    TRY(check_product(cd, match, problem));
    TRY(check_chain(cd, match, problem));
    return check_paa(cd, match, problem);
}

/* What is written must be what is read back: the reader is the judge of values. */
static status_t make_content(const struct matter_cd *cd, struct buf *content,
                             struct problem *problem)
{
    struct matter_cd again;
    bool counts_fit =
        cd->product_id_count <= MATTER_CD_PRODUCTS_MAX && cd->paa_count <= MATTER_CD_PAAS_MAX &&
        strnlen(cd->certificate_id, sizeof(cd->certificate_id)) <= MATTER_CD_CERTIFICATE_ID_SIZE;
    if (!counts_fit || cd->type != MATTER_CD_DEVELOPMENT) {
        return problem_say(problem, STATUS_INVALID, "CD_VALUE", "cd",
                           "only certification type 0 (development), at most 100 products, 10 "
                           "PAAs and a certificate id of 19 characters can be signed here: the "
                           "CSA signs the others");
    }
    matter_cd_content_put(cd, content);
    TRY(buf_status(content));
    return matter_cd_content_parse(buf_span(content), &again, problem);
}

status_t matter_cd_make(const struct matter_cd *cd, const struct signer *signer,
                        struct buf *ret_der, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf der;
    struct matter_cd again;
    buf_init(&content, MATTER_CD_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&der, MATTER_CD_MAX);
    TRY(make_content(cd, &content, problem));
    TRY(signer->sign(signer->context, buf_span(&content), &signature, problem));
    const struct matter_cd_envelope envelope = {
        .content = buf_span(&content),
        .signer_key_id = SPAN_OF(cd->signer_key_id),
        .signature = buf_span(&signature),
    };
    TRY(matter_cd_envelope_make(&envelope, &der));
    TRY(matter_cd_parse(buf_span(&der), &again, problem));
    buf_append_span(ret_der, buf_span(&der));
    return buf_status(ret_der);
}

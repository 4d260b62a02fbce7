#include <string.h>
#include <unistd.h>

#include "hsm/ceremony/cd_signer.h"
#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/make_key.h"
#include "hsm/sign.h"
#include "lib/base/digest.h"
#include "lib/matter/cd.h"

static const char default_certificate_id[] = "ZIG20141ZB330001-24"; /* the SDK's development id */

static status_t fill(const struct ceremony_options *options, const struct hsm_key *key,
                     struct matter_cd *ret_cd, struct problem *problem)
{
    const char *id =
        options->certificate_id != NULL ? options->certificate_id : default_certificate_id;
    if (strlen(id) != MATTER_CD_CERTIFICATE_ID_SIZE) {
        return problem_say(problem, STATUS_INVALID, "CD_CERTIFICATE_ID", "certificate-id",
                           "a certificate id has exactly %d characters",
                           MATTER_CD_CERTIFICATE_ID_SIZE);
    }
    struct matter_cd cd = {
        .vendor_id = (uint16_t)options->vendor_id,
        .product_id_count = options->product_id_count,
        .device_type_id = (uint32_t)options->device_type,
        .version_number = 1,
        .type = MATTER_CD_DEVELOPMENT,
    };
    memcpy(cd.product_ids, options->product_ids, sizeof(cd.product_ids));
    memcpy(cd.certificate_id, id, sizeof(cd.certificate_id));
    digest_sha1(SPAN_OF(key->point), cd.signer_key_id);
    *ret_cd = cd;
    return STATUS_OK;
}

static status_t make_certificate(const struct ceremony_options *options,
                                 const struct signer *signer, const struct hsm_key *key,
                                 struct problem *problem)
{
    int64_t not_before = 0;
    int64_t not_after = 0;
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(ceremony_files_dates(options, 0, MATTER_NO_EXPIRY, &not_before, &not_after, problem));
    TRY(ceremony_cd_signer_certificate(signer, SPAN_OF(key->point), not_before, &der, problem));
    return ceremony_files_write_pem(options->signer_cert, buf_span(&der), "CERTIFICATE", problem);
}

static status_t check_certificate(const struct ceremony_options *options, const struct hsm_key *key,
                                  struct problem *problem)
{
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct pki_certificate found;
    TRY(ceremony_files_read(options->signer_cert, "CERTIFICATE", &der, problem));
    TRY(pki_certificate_parse(buf_span(&der), &found, problem));
    if (!span_equal(found.public_key, SPAN_OF(key->point))) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", options->signer_cert,
                           "%s is the certificate of another key than '%s': move it away first",
                           options->signer_cert, key->label);
    }
    return STATUS_OK;
}

/* The CD must be what a reader with this signer's certificate accepts. */
static status_t check_cd(const struct ceremony_options *options, struct span cd,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    enum matter_cd_signer signer = MATTER_CD_SIGNER_CSA;
    TRY(ceremony_files_read(options->signer_cert, "CERTIFICATE", &der, problem));
    struct span certificate = buf_span(&der);
    return matter_cd_verify(cd, &certificate, 1, &signer, problem);
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    struct hsm_key key;
    struct hsm_sign_context context;
    bool made = false;
    TRY(ceremony_make_or_find_pair(&token, options->key, &key, &made, problem));
    TRY(hsm_sign_context(&token.session, &key, &context, problem));
    struct signer signer = hsm_sign_signer(&context);
    bool had_certificate = access(options->signer_cert, F_OK) == 0;
    TRY(had_certificate ? check_certificate(options, &key, problem)
                        : make_certificate(options, &signer, &key, problem));
    struct matter_cd content;
    AUTO(buf_done) struct buf cd = {0};
    buf_init(&cd, MATTER_CD_MAX);
    TRY(fill(options, &key, &content, problem));
    TRY(matter_cd_make(&content, &signer, &cd, problem));
    TRY(check_cd(options, buf_span(&cd), problem));
    TRY(ceremony_files_write(options->output, buf_span(&cd), problem));
    ceremony_say(output, "development CD %s for VID %04X, %zu product id%s", options->output,
                 (unsigned)options->vendor_id, options->product_id_count,
                 options->product_id_count == 1 ? "" : "s");
    ceremony_say(output, "  signer %s (%s), key '%s' in token '%s'", options->signer_cert,
                 had_certificate ? "was there" : "made", options->key, token.session.token.label);
    ceremony_say(output, "  a commissioner accepts it only when told to trust that certificate");
    ceremony_note(output, "cd", json_string(options->output));
    ceremony_note(output, "signer_certificate", json_string(options->signer_cert));
    return STATUS_OK;
}

const struct ceremony_command ceremony_cd_create = {
    .noun = "cd",
    .verb = "create",
    .words = "",
    .summary = "sign a development Certification Declaration",
    .help =
        "Makes (once) a key and a self-signed certificate of a development CD signer, and signs a\n"
        "Certification Declaration of type development with it. A product for sale needs the CD "
        "that\n"
        "the CSA signed. Run again it reuses key and certificate and writes the CD anew.\n\n"
        "  mintmark-hsm cd create --key cd-signer --vendor-id 0xFFF1 --product-id 0x8000 \\\n"
        "      -o cd.der --signer-cert cd-signer.pem --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON | CEREMONY_HAS(KEY) | CEREMONY_HAS(VENDOR_ID) |
               CEREMONY_HAS(PRODUCT_ID) | CEREMONY_HAS(DEVICE_TYPE) | CEREMONY_HAS(CERTIFICATE_ID) |
               CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(SIGNER_CERT),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(KEY) | CEREMONY_HAS(VENDOR_ID) |
                CEREMONY_HAS(PRODUCT_ID) | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(SIGNER_CERT),
    .run = run,
};

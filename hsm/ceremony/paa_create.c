#include <unistd.h>

#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/make_key.h"
#include "hsm/sign.h"

static const char default_key[] = "mintmark-paa";

static status_t issue(const struct ceremony_options *options, struct hsm_sign_context *context,
                      struct buf *ret_der, struct problem *problem)
{
    struct matter_certificate paa = {
        .kind = MATTER_PAA,
        .common_name = options->common_name,
        .vendor_id = (int32_t)options->vendor_id,
        .product_id = -1,
        .public_key = SPAN_OF(context->key.point),
    };
    TRY(ceremony_files_dates(options, 0, MATTER_NO_EXPIRY, &paa.not_before, &paa.not_after,
                             problem));
    TRY(ceremony_files_serial(paa.serial));
    struct signer signer = hsm_sign_signer(context);
    return matter_certificate_issue(&paa, &signer, ret_der, problem);
}

/* A file from an earlier run is fine when it is the certificate of this very key. */
static status_t reuse(const char *path, const struct hsm_key *key, struct problem *problem)
{
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct pki_certificate found;
    TRY(ceremony_files_read(path, "CERTIFICATE", &der, problem));
    TRY(pki_certificate_parse(buf_span(&der), &found, problem));
    if (!span_equal(found.public_key, SPAN_OF(key->point))) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", path,
                           "%s is the certificate of another key than '%s': move it away first",
                           path, key->label);
    }
    return matter_certificate_lint(&found, MATTER_PAA, NULL, true, problem);
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    const char *label = options->key != NULL ? options->key : default_key;
    struct hsm_key key;
    struct hsm_sign_context context;
    bool made = false;
    TRY(ceremony_make_or_find_pair(&token, label, &key, &made, problem));
    TRY(hsm_sign_context(&token.session, &key, &context, problem));
    bool old = access(options->output, F_OK) == 0;
    if (old) {
        TRY(reuse(options->output, &key, problem));
    } else {
        AUTO(buf_done) struct buf der = {0};
        buf_init(&der, PKI_CERTIFICATE_MAX);
        TRY(issue(options, &context, &der, problem));
        TRY(ceremony_files_write_pem(options->output, buf_span(&der), "CERTIFICATE", problem));
    }
    ceremony_say(output, "development PAA %s: %s; key '%s' %s in token '%s'", options->output,
                 old ? "was there" : "made", label, made ? "made" : "found",
                 token.session.token.label);
    ceremony_say(output, "  no commissioner trusts it unless told to: add it to its trust store");
    ceremony_note(output, "certificate", json_string(options->output));
    ceremony_note(output, "key", json_string(label));
    ceremony_note(output, "made", json_boolean(!old));
    return STATUS_OK;
}

const struct ceremony_command ceremony_paa_create = {
    .noun = "paa",
    .verb = "create",
    .words = "",
    .summary = "make a development PAA in the token",
    .help = "Makes a key pair and a self-signed Product Attestation Authority for development. A "
            "real PAA\n"
            "belongs to somebody else and its certificate is on the ledger. Run again with the "
            "same -o it\n"
            "checks and keeps what is there.\n\n"
            "  mintmark-hsm paa create --token mint --pin-file pin -o paa.pem \\\n"
            "      --common-name 'ACME development PAA' --vendor-id 0xFFF1",
    .allowed = CEREMONY_COMMON | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(COMMON_NAME) |
               CEREMONY_HAS(VENDOR_ID) | CEREMONY_HAS(KEY_LABEL) | CEREMONY_HAS(NOT_BEFORE) |
               CEREMONY_HAS(DAYS),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(COMMON_NAME),
    .run = run,
};

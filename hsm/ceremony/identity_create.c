#include <unistd.h>

#include "hsm/ceremony/files.h"
#include "hsm/ceremony/make_key.h"
#include "hsm/ceremony/transcript.h"
#include "hsm/sign.h"
#include "lib/pki/identity_certificate.h"

static const char default_key[] = "mintmark-identity";

static status_t issue(const struct ceremony_options *options, struct hsm_sign_context *context,
                      struct buf *ret_der, struct problem *problem)
{
    struct pki_identity_certificate ca = {
        .common_name = options->common_name,
        .public_key = SPAN_OF(context->key.point),
    };
    AUTO(buf_done) struct buf tbs = {0};
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(ceremony_files_dates(options, 0, MATTER_NO_EXPIRY, &ca.not_before, &ca.not_after, problem));
    TRY(ceremony_files_serial(ca.serial));
    TRY(pki_identity_certificate_tbs(&ca, &tbs, problem));
    struct signer signer = hsm_sign_signer(context);
    TRY(signer.sign(signer.context, buf_span(&tbs), &signature, problem));
    return pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), ret_der);
}

/* What was made, or was there from an earlier run, must be this key's. */
static status_t check(struct span der, const struct hsm_key *key, const char *path,
                      struct problem *problem)
{
    struct pki_certificate ca;
    TRY(pki_certificate_parse(der, &ca, problem));
    TRY(pki_identity_certificate_check_ca(&ca, problem));
    if (!span_equal(ca.public_key, SPAN_OF(key->point))) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", path,
                           "%s is the certificate of another key than '%s': move it away first",
                           path, key->label);
    }
    return STATUS_OK;
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    AUTO(buf_done) struct buf der = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    const char *label = options->key != NULL ? options->key : default_key;
    struct hsm_key key;
    struct hsm_sign_context context;
    bool made = false;
    TRY(ceremony_make_or_find_pair(&token, label, &key, &made, problem));
    TRY(hsm_sign_context(&token.session, &key, &context, problem));
    buf_init(&der, PKI_CERTIFICATE_MAX);
    bool old = access(options->output, F_OK) == 0;
    if (old) {
        TRY(ceremony_files_read(options->output, "CERTIFICATE", &der, problem));
    } else {
        TRY(issue(options, &context, &der, problem));
    }
    TRY(check(buf_span(&der), &key, options->output, problem));
    if (!old) {
        TRY(ceremony_files_write_pem(options->output, buf_span(&der), "CERTIFICATE", problem));
    }
    ceremony_say(output, "identity CA %s: %s; key '%s' %s in token '%s'", options->output,
                 old ? "was there" : "made", label, made ? "made" : "found",
                 token.session.token.label);
    ceremony_say(output, "  name it in mintmarkd.yaml under identity_ca, and add it to the "
                         "listener's client_ca");
    ceremony_note(output, "certificate", json_string(options->output));
    ceremony_note(output, "key", json_string(label));
    ceremony_note(output, "made", json_boolean(!old));
    ceremony_transcript_key(output, &token, "identity", &key, made);
    return STATUS_OK;
}

const struct ceremony_command ceremony_identity_create = {
    .noun = "identity",
    .verb = "create",
    .words = "",
    .summary = "make the CA of the stations' client certificates",
    .help =
        "Makes a key pair and a self-signed certificate for the CA that signs the client\n"
        "certificates of stations when operators enrol them. It has nothing to do with the\n"
        "devices' PAA and PAI. Run again with the same -o it checks and keeps what is there.\n\n"
        "  mintmark-hsm identity create --token mint --pin-file pin -o identity-ca.pem \\\n"
        "      --common-name 'ACME Shenzhen stations' --days 7300",
    .allowed = CEREMONY_COMMON | CEREMONY_RECORD | CEREMONY_HAS(OUTPUT) |
               CEREMONY_HAS(COMMON_NAME) | CEREMONY_HAS(KEY_LABEL) | CEREMONY_HAS(NOT_BEFORE) |
               CEREMONY_HAS(DAYS),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(COMMON_NAME),
    .run = run,
};

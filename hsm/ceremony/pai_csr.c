#include <stdio.h>

#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/subject.h"
#include "hsm/sign.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/pki/pkcs10.h"

/* From the options when a vendor id is given, else as stored by `pai create`. */
static status_t find_subject(const struct ceremony_token *token, const struct hsm_key *key,
                             struct buf *ret_name, struct problem *problem)
{
    const struct ceremony_options *options = token->options;
    if (options->vendor_id < 0) {
        return ceremony_subject_stored(token, key, ret_name, problem);
    }
    char common_name[HSM_LABEL_MAX + 16];
    (void)snprintf(common_name, sizeof(common_name), "%s PAI", options->words[0]);
    status_t status = matter_certificate_subject(
        options->common_name != NULL ? options->common_name : common_name,
        (int32_t)options->vendor_id, ceremony_options_product(options), ret_name);
    return status == STATUS_OK
               ? status
               : problem_say(problem, STATUS_INVALID, "SUBJECT", "common-name",
                             "a common name has 1 to 64 characters: give --common-name");
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    TRY(ceremony_files_check_absent(options->output, problem));
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, false, problem));
    struct hsm_key key;
    struct hsm_sign_context context;
    TRY(ceremony_token_key(&token, options->words[0], &key, problem));
    TRY(hsm_sign_context(&token.session, &key, &context, problem));
    AUTO(buf_done) struct buf name = {0};
    buf_init(&name, CEREMONY_SUBJECT_MAX);
    TRY(find_subject(&token, &key, &name, problem));
    AUTO(buf_done) struct buf csr = {0};
    buf_init(&csr, PKI_CSR_MAX);
    struct signer signer = hsm_sign_signer(&context);
    TRY(pki_pkcs10_make(buf_span(&name), &signer, &csr, problem));
    TRY(ceremony_files_write_pem(options->output, buf_span(&csr), "CERTIFICATE REQUEST", problem));
    uint8_t digest[SHA256_SIZE];
    char fingerprint[2 * SHA256_SIZE + 1];
    digest_sha256(buf_span(&csr), digest);
    hex_encode(SPAN_OF(digest), fingerprint);
    ceremony_say(output, "request of key '%s' in %s", options->words[0], options->output);
    ceremony_say(output, "  SHA-256 %s: tell the PAA by another way", fingerprint);
    ceremony_note(output, "csr", json_string(options->output));
    ceremony_note(output, "sha256", json_string(fingerprint));
    return STATUS_OK;
}

const struct ceremony_command ceremony_pai_csr = {
    .noun = "pai",
    .verb = "csr",
    .words = "NAME",
    .summary = "write the certificate request of a PAI key",
    .help =
        "Writes a PKCS#10 request signed in the token. The subject is the one given at pai "
        "create;\n"
        "--vendor-id (with --product-id, --common-name) replaces it, for keys made elsewhere.\n\n"
        "  mintmark-hsm pai csr acme-2026 -o acme-2026.csr --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(VENDOR_ID) |
               CEREMONY_HAS(PRODUCT_ID) | CEREMONY_HAS(COMMON_NAME),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(OUTPUT),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};

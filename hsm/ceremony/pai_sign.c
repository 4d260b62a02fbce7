#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/subject.h"
#include "hsm/sign.h"
#include "lib/pki/pkcs10.h"

struct request {
    uint8_t point[HSM_POINT_SIZE];
    struct ceremony_subject subject;
};

static status_t read_csr(const char *path, struct request *ret_request, struct problem *problem)
{
    AUTO(buf_done) struct buf csr = {0};
    buf_init(&csr, PKI_CSR_MAX);
    AUTO(buf_done) struct buf name = {0};
    buf_init(&name, CEREMONY_SUBJECT_MAX);
    struct request request;
    TRY(ceremony_files_read(path, "CERTIFICATE REQUEST", &csr, problem));
    TRY(pki_pkcs10_check(buf_span(&csr), request.point, problem));
    TRY(ceremony_subject_of_csr(buf_span(&csr), &name, problem));
    TRY(ceremony_subject_read(buf_span(&name), &request.subject, problem));
    *ret_request = request;
    return STATUS_OK;
}

static status_t read_key(const struct ceremony_token *token, const char *label,
                         struct request *ret_request, struct problem *problem)
{
    struct hsm_key key;
    struct hsm_sign_context context;
    AUTO(buf_done) struct buf name = {0};
    buf_init(&name, CEREMONY_SUBJECT_MAX);
    struct request request;
    TRY(ceremony_token_key(token, label, &key, problem));
    TRY(hsm_sign_context(&token->session, &key, &context, problem));
    TRY(hsm_sign_prove(&token->session, &key, SPAN_OF(key.point), label, problem));
    TRY(ceremony_subject_stored(token, &key, &name, problem));
    TRY(ceremony_subject_read(buf_span(&name), &request.subject, problem));
    memcpy(request.point, key.point, sizeof(request.point));
    *ret_request = request;
    return STATUS_OK;
}

static status_t issue(struct ceremony_token *token, const struct request *request,
                      const struct pki_certificate *paa, struct buf *ret_der,
                      struct problem *problem)
{
    const struct ceremony_options *options = token->options;
    struct hsm_key key;
    struct hsm_sign_context context;
    TRY(ceremony_token_key(token, options->paa_key, &key, problem));
    TRY(hsm_sign_context(&token->session, &key, &context, problem));
    if (!span_equal(SPAN_OF(key.point), paa->public_key)) {
        return problem_say(problem, STATUS_REFUSED, "KEY_PAIR", "paa-key",
                           "key '%s' is not the key of %s: name the PAA's own key",
                           options->paa_key, options->paa);
    }
    struct matter_certificate pai = {
        .kind = MATTER_PAI,
        .common_name = request->subject.common_name,
        .vendor_id = request->subject.ids.vendor_id,
        .product_id = request->subject.ids.product_id,
        .public_key = SPAN_OF(request->point),
        .issuer = paa,
    };
    TRY(ceremony_files_dates(options, paa->not_before, paa->not_after, &pai.not_before,
                             &pai.not_after, problem));
    TRY(ceremony_files_serial(pai.serial));
    struct signer signer = hsm_sign_signer(&context);
    return matter_certificate_issue(&pai, &signer, ret_der, problem);
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    if ((options->csr != NULL) == (options->word_count == 1)) {
        return problem_say(problem, STATUS_USAGE, "WORDS", "csr",
                           "give either the NAME of a key in this token or --csr FILE");
    }
    TRY(ceremony_files_check_absent(options->output, problem));
    AUTO(buf_done) struct buf paa_der = {0};
    buf_init(&paa_der, PKI_CERTIFICATE_MAX);
    struct pki_certificate paa;
    TRY(ceremony_files_read(options->paa, "CERTIFICATE", &paa_der, problem));
    TRY(pki_certificate_parse(buf_span(&paa_der), &paa, problem));
    TRY(matter_certificate_lint(&paa, MATTER_PAA, NULL, true, problem));

    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, false, problem));
    struct request request;
    TRY(options->csr != NULL ? read_csr(options->csr, &request, problem)
                             : read_key(&token, options->words[0], &request, problem));
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(issue(&token, &request, &paa, &der, problem));
    TRY(ceremony_files_write_pem(options->output, buf_span(&der), "CERTIFICATE", problem));
    ceremony_say(output, "PAI certificate %s: CN '%s', VID %04X, signed by the development PAA",
                 options->output, request.subject.common_name,
                 (unsigned)request.subject.ids.vendor_id);
    ceremony_say(output, "  next: mintmark-hsm pai import NAME %s --paa %s", options->output,
                 options->paa);
    ceremony_note(output, "certificate", json_string(options->output));
    ceremony_note(output, "vendor_id", json_integer(request.subject.ids.vendor_id));
    return STATUS_OK;
}

const struct ceremony_command ceremony_pai_sign = {
    .noun = "pai",
    .verb = "sign",
    .words = "NAME | --csr FILE",
    .summary = "let the development PAA certify a PAI",
    .help =
        "Issues a PAI certificate with a PAA key of this token, for development. The PAI is a key "
        "of\n"
        "the same token (NAME), or comes as a request, whose signature is checked. Subject and "
        "ids\n"
        "are the request's, held against the PAA's; the profile is linted before it is signed.\n\n"
        "  mintmark-hsm pai sign acme-2026 --paa paa.pem --paa-key mintmark-paa -o pai.pem \\\n"
        "      --token mint --pin-file pin\n"
        "  mintmark-hsm pai sign --csr other.csr --paa paa.pem --paa-key mintmark-paa -o other.pem "
        "\\\n"
        "      --token mint --pin-file pin --days 3650",
    .allowed = CEREMONY_COMMON | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(CSR) | CEREMONY_HAS(PAA) |
               CEREMONY_HAS(PAA_KEY) | CEREMONY_HAS(NOT_BEFORE) | CEREMONY_HAS(DAYS),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(OUTPUT) | CEREMONY_HAS(PAA) | CEREMONY_HAS(PAA_KEY),
    .words_max = 1,
    .run = run,
};

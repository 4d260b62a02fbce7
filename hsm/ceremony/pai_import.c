#include <stdio.h>
#include <time.h>

#include "hsm/ceremony/certificate_object.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/subject.h"
#include "hsm/ceremony/transcript.h"
#include "hsm/pai_certificate.h"
#include "hsm/sign.h"

struct pair {
    struct pki_certificate paa;
    struct pki_certificate pai;
    int32_t vendor_id;
    int32_t product_id;
};

static status_t check_chain(struct span pai, struct span paa, struct pair *ret_pair,
                            struct problem *problem)
{
    struct pair pair;
    TRY(pki_certificate_parse(paa, &pair.paa, problem));
    TRY(matter_certificate_lint(&pair.paa, MATTER_PAA, NULL, true, problem));
    TRY(pki_certificate_verify(&pair.paa, pair.paa.public_key, problem));
    TRY(hsm_pai_certificate_check(pai, &pair.paa, "certificate", &pair.pai, &pair.vendor_id,
                                  &pair.product_id, problem));
    TRY(pki_certificate_verify(&pair.pai, pair.paa.public_key, problem));
    int64_t now = time(NULL);
    if (now < pair.pai.not_before || now > pair.pai.not_after) {
        return problem_say(problem, STATUS_REFUSED, "PAI_NOT_VALID_NOW", "certificate",
                           "the PAI certificate is not valid now: check its dates and the clock");
    }
    *ret_pair = pair;
    return STATUS_OK;
}

/* What the PAA was asked to certify must be what it certified. */
static status_t check_request(const struct ceremony_token *token, const struct hsm_key *key,
                              const struct pair *pair, struct problem *problem)
{
    AUTO(buf_done) struct buf name = {0};
    buf_init(&name, CEREMONY_SUBJECT_MAX);
    struct ceremony_subject asked;
    if (ceremony_subject_stored(token, key, &name, NULL) != STATUS_OK) {
        return STATUS_OK; /* made by another tool: nothing was asked for here */
    }
    TRY(ceremony_subject_read(buf_span(&name), &asked, problem));
    if (asked.ids.vendor_id != pair->vendor_id || asked.ids.product_id != pair->product_id) {
        return problem_say(problem, STATUS_REFUSED, "PAI_IDS", "certificate",
                           "the certificate has other VID or PID than key '%s' was made for: have "
                           "the PAA correct it, or make a key for these ids",
                           key->label);
    }
    return STATUS_OK;
}

static void show(struct ceremony_output *output, const char *name, const struct pair *pair,
                 bool stored)
{
    char until[CEREMONY_DAY_SIZE];
    char product[16] = "any PID";
    ceremony_files_day(pair->pai.not_after, until);
    if (pair->product_id >= 0) {
        (void)snprintf(product, sizeof(product), "PID %04X", (unsigned)pair->product_id);
    }
    bool test =
        hsm_pai_certificate_is_test(pair->vendor_id) || matter_certificate_is_test_paa(&pair->paa);
    ceremony_say(output, "PAI '%s': certificate %s", name,
                 stored ? "stored in the token" : "was in the token already");
    ceremony_say(output,
                 "  chain ok · key pair matches · cRLSign present · VID %04X, %s · valid to %s%s",
                 (unsigned)pair->vendor_id, product, until, test ? " · TEST, not for sale" : "");
    ceremony_note(output, "name", json_string(name));
    ceremony_note(output, "stored", json_boolean(stored));
    ceremony_note(output, "vendor_id", json_integer(pair->vendor_id));
    ceremony_note(output, "product_id",
                  pair->product_id >= 0 ? json_integer(pair->product_id) : json_null());
    ceremony_note(output, "not_after", json_integer(pair->pai.not_after));
    ceremony_note(output, "test", json_boolean(test));
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    const char *name = options->words[0];
    AUTO(buf_done) struct buf pai_der = {0};
    buf_init(&pai_der, PKI_CERTIFICATE_MAX);
    AUTO(buf_done) struct buf paa_der = {0};
    buf_init(&paa_der, PKI_CERTIFICATE_MAX);
    struct pair pair;
    TRY(ceremony_files_read(options->words[1], "CERTIFICATE", &pai_der, problem));
    TRY(ceremony_files_read(options->paa, "CERTIFICATE", &paa_der, problem));
    TRY(check_chain(buf_span(&pai_der), buf_span(&paa_der), &pair, problem));

    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    struct hsm_key key;
    TRY(ceremony_token_key(&token, name, &key, problem));
    TRY(hsm_sign_prove(&token.session, &key, pair.pai.public_key, name, problem));
    TRY(check_request(&token, &key, &pair, problem));
    bool stored = false;
    TRY(ceremony_certificate_object_write(&token, &key, &pair.pai, &stored, problem));
    ceremony_transcript_key(output, &token, "pai", &key, false);
    TRY(ceremony_token_reopen(&token, problem));
    show(output, name, &pair, stored);
    return STATUS_OK;
}

const struct ceremony_command ceremony_pai_import = {
    .noun = "pai",
    .verb = "import",
    .words = "NAME CERTIFICATE",
    .summary = "check a PAI certificate and store it beside its key",
    .help = "Checks that the certificate is a Matter PAI issued by the PAA, valid now, able to "
            "sign CRLs,\n"
            "for the VID and PID that were asked for, and that the key in the token is its key (by "
            "a fresh\n"
            "signature). Then stores it in the token. Nothing is stored when a check fails.\n\n"
            "  mintmark-hsm pai import acme-2026 pai.pem --paa paa.pem --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON | CEREMONY_RECORD | CEREMONY_HAS(PAA),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(PAA),
    .words_min = 2,
    .words_max = 2,
    .run = run,
};

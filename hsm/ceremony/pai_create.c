#include <stdio.h>

#include "hsm/ceremony/make_key.h"
#include "hsm/ceremony/subject.h"
#include "hsm/ceremony/transcript.h"
#include "hsm/report.h"

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    const char *name = options->words[0];
    char common_name[HSM_LABEL_MAX + 16];
    (void)snprintf(common_name, sizeof(common_name), "%s PAI", name);
    AUTO(buf_done) struct buf subject = {0};
    buf_init(&subject, CEREMONY_SUBJECT_MAX);
    status_t status = matter_certificate_subject(
        options->common_name != NULL ? options->common_name : common_name,
        (int32_t)options->vendor_id, ceremony_options_product(options), &subject);
    if (status != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "SUBJECT", "common-name",
                           "a common name has 1 to 64 characters: give --common-name");
    }
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    struct hsm_key key;
    TRY(ceremony_make_pair(&token, name, buf_span(&subject), &key, problem));
    struct hsm_key_policy policy = hsm_key_policy_read(&token.session, key.handle, HSM_KEY_PRIVATE);
    ceremony_say(output, "PAI key '%s' for VID %04X made in token '%s'%s", name,
                 (unsigned)options->vendor_id, token.session.token.label,
                 token.session.token.software ? " (SOFTWARE TOKEN)" : "");
    ceremony_say(output, "  signed a test after the token was opened again; class %s",
                 hsm_key_policy_name(policy.class));
    ceremony_say(output, "  next: mintmark-hsm pai csr %s -o %s.csr, for the PAA to sign", name,
                 name);
    ceremony_note(output, "token", hsm_report_token(&token.session.token));
    ceremony_note(output, "key", hsm_report_key("pai", name, &key, SPAN_OF(key.point), &policy));
    ceremony_transcript_key(output, &token, "pai", &key, true);
    return STATUS_OK;
}

const struct ceremony_command ceremony_pai_create = {
    .noun = "pai",
    .verb = "create",
    .words = "NAME",
    .summary = "make a PAI key in the token",
    .help = "Makes the P-256 key pair of a Product Attestation Intermediate in the token, label "
            "NAME. The\n"
            "private key can only sign and cannot be read or wrapped out of the token. The subject "
            "(CN,\n"
            "VID, and the PID of a PAI for one product) is stored with it for the request.\n\n"
            "  mintmark-hsm pai create acme-2026 --vendor-id 0x134B --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON | CEREMONY_RECORD | CEREMONY_HAS(VENDOR_ID) |
               CEREMONY_HAS(PRODUCT_ID) | CEREMONY_HAS(COMMON_NAME),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(VENDOR_ID),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};

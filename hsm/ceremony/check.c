#include <string.h>

#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/certificate_object.h"
#include "hsm/ceremony/key_list.h"
#include "hsm/report.h"
#include "lib/pki/certificate.h"

struct tally {
    size_t keys;
    size_t failed;
    json_t *list; /* borrowed */
};

static void show(struct ceremony_output *output, struct tally *tally, json_t *report,
                 const struct hsm_key *key, const struct hsm_key_policy *policy,
                 const char *failure)
{
    json_t *text = json_string(failure != NULL ? failure : "ok");
    (void)json_object_set_new(report, "self_test", text != NULL ? text : json_null());
    ceremony_say(output, "  %-32s %-8s %s", key->label, hsm_key_policy_name(policy->class),
                 failure != NULL ? failure : "self-test ok");
    const json_t *findings = json_object_get(json_object_get(report, "policy"), "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        ceremony_say(output, "      %s", json_string_value(json_array_get(findings, i)));
    }
    (void)json_array_append_new(tally->list, report);
    tally->keys++;
    tally->failed += failure != NULL ? 1 : 0;
}

/* Under the stored certificate's key where there is one, else under the public key object. */
static status_t prove(const struct ceremony_token *token, const struct hsm_key *key,
                      struct problem *problem)
{
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct pki_certificate certificate;
    status_t status = ceremony_certificate_object_read(token, key, &der, problem);
    if (status == STATUS_OK) {
        TRY(pki_certificate_parse(buf_span(&der), &certificate, problem));
        return hsm_sign_prove(&token->session, key, certificate.public_key, key->label, problem);
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    struct hsm_sign_context context;
    TRY(hsm_sign_context(&token->session, key, &context, problem));
    return hsm_sign_prove(&token->session, key, SPAN_OF(key->point), key->label, problem);
}

static void check_pair(const struct ceremony_token *token, CK_OBJECT_HANDLE handle,
                       struct ceremony_output *output, struct tally *tally)
{
    struct hsm_key key;
    struct problem problem = {0};
    struct hsm_key_policy policy = hsm_key_policy_read(&token->session, handle, HSM_KEY_PRIVATE);
    status_t status = hsm_key_read_ec(&token->session, handle, "key", &key, &problem);
    if (status != STATUS_OK) {
        key = (struct hsm_key){.label = "(unusable key)"};
    } else {
        status = prove(token, &key, &problem);
    }
    struct span point = key.has_point ? SPAN_OF(key.point) : (struct span){0};
    show(output, tally, hsm_report_key("pair", key.label, &key, point, &policy), &key, &policy,
         status == STATUS_OK ? NULL : problem.message);
}

static void check_secret(const struct ceremony_token *token, CK_OBJECT_HANDLE handle,
                         struct ceremony_output *output, struct tally *tally)
{
    static const uint8_t salt[] = "mintmark check";
    struct hsm_key key;
    struct problem problem = {0};
    AUTO(secret_wipe) struct secret mac = {0};
    struct hsm_key_policy policy = hsm_key_policy_read(&token->session, handle, HSM_KEY_SECRET);
    status_t status = hsm_key_read_secret(&token->session, handle, &key);
    if (status == STATUS_OK) {
        status = hsm_sign_mac(&token->session, &key, SPAN_OF(salt), &mac, &problem);
    }
    show(output, tally, hsm_report_key("secret", key.label, &key, (struct span){0}, &policy), &key,
         &policy, status == STATUS_OK ? NULL : problem.message);
}

static status_t check_all(const struct ceremony_token *token, bool secret,
                          struct ceremony_output *output, struct tally *tally,
                          struct problem *problem)
{
    CK_OBJECT_HANDLE keys[CEREMONY_KEYS_MAX];
    CK_ULONG count = 0;
    TRY(ceremony_key_list(token, secret, keys, &count, problem));
    for (CK_ULONG i = 0; i < count; i++) {
        (secret ? check_secret : check_pair)(token, keys[i], output, tally);
    }
    return STATUS_OK;
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, false, problem));
    const struct hsm_token *info = &token.session.token;
    ceremony_say(output, "token '%s' serial %s, %s %s%s", info->label, info->serial,
                 info->manufacturer, info->model, info->software ? " (SOFTWARE TOKEN)" : "");
    ceremony_note(output, "token", hsm_report_token(info));
    struct tally tally = {.list = json_array()};
    ceremony_note(output, "keys", tally.list);
    TRY(check_all(&token, false, output, &tally, problem));
    TRY(check_all(&token, true, output, &tally, problem));
    ceremony_say(output, "%zu keys, %zu failed", tally.keys, tally.failed);
    ceremony_note(output, "failed", json_integer((json_int_t)tally.failed));
    if (tally.failed > 0) {
        return problem_say(problem, STATUS_REFUSED, "KEY_SELF_TEST", "token",
                           "%zu of %zu keys failed their self-test: do not use them", tally.failed,
                           tally.keys);
    }
    return STATUS_OK;
}

const struct ceremony_command ceremony_check = {
    .noun = "check",
    .verb = "",
    .words = "",
    .summary = "self-test every key and report its attributes",
    .help =
        "Logs in once, signs a test with every P-256 key (verified under its certificate or "
        "public\n"
        "key) and every secret key, and shows each key's policy class and what keeps it from "
        "being\n"
        "strict. Attributes are the module's word, not a proof. Exit code 1 when a key fails.\n\n"
        "  mintmark-hsm check --token mint --pin-file pin --json",
    .allowed = CEREMONY_COMMON,
    .required = CEREMONY_LOGIN,
    .run = run,
};

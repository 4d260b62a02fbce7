#include <stdio.h>

#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/certificate_object.h"
#include "hsm/ceremony/files.h"
#include "hsm/ceremony/key_list.h"
#include "hsm/key_policy.h"

static void show(struct ceremony_output *output, json_t *list, const struct hsm_key *key,
                 const struct hsm_key_policy *policy, const struct pki_certificate *certificate)
{
    struct matter_ids ids = {-1, -1};
    char until[CEREMONY_DAY_SIZE] = "";
    if (certificate != NULL) {
        ceremony_files_day(certificate->not_after, until);
        if (matter_certificate_ids(certificate->subject, &ids, NULL) != STATUS_OK) {
            ids = (struct matter_ids){-1, -1};
        }
    }
    char vendor[12] = "-";
    if (ids.vendor_id >= 0) {
        (void)snprintf(vendor, sizeof(vendor), "%04X", (unsigned)ids.vendor_id);
    }
    ceremony_say(output, "%-32s %-8s %-6s %s", key->label, hsm_key_policy_name(policy->class),
                 vendor, certificate != NULL ? until : "no certificate in the token");
    json_t *row = json_pack("{s:s, s:s, s:b}", "label", key->label, "class",
                            hsm_key_policy_name(policy->class), "certificate", certificate != NULL);
    if (ids.vendor_id >= 0) {
        (void)json_object_set_new(row, "vendor_id", json_integer(ids.vendor_id));
    }
    (void)json_array_append_new(list, row);
}

static status_t show_key(const struct ceremony_token *token, CK_OBJECT_HANDLE handle,
                         struct ceremony_output *output, json_t *list, struct problem *problem)
{
    struct hsm_key key;
    if (hsm_key_read_ec(&token->session, handle, "key", &key, NULL) != STATUS_OK) {
        return STATUS_OK; /* another curve: not ours */
    }
    struct hsm_key_policy policy = hsm_key_policy_read(&token->session, handle, HSM_KEY_PRIVATE);
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    struct pki_certificate certificate;
    status_t status = ceremony_certificate_object_read(token, &key, &der, problem);
    if (status == STATUS_OK) {
        TRY(pki_certificate_parse(buf_span(&der), &certificate, problem));
    } else if (status != STATUS_NOT_FOUND) {
        return status;
    }
    show(output, list, &key, &policy, status == STATUS_OK ? &certificate : NULL);
    return STATUS_OK;
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, false, problem));
    CK_OBJECT_HANDLE keys[CEREMONY_KEYS_MAX];
    CK_ULONG count = 0;
    TRY(ceremony_key_list(&token, false, keys, &count, problem));
    json_t *list = json_array();
    ceremony_note(output, "keys", list);
    ceremony_say(output, "%-32s %-8s %-6s %s", "KEY", "CLASS", "VID", "CERTIFICATE VALID TO");
    for (CK_ULONG i = 0; i < count; i++) {
        TRY(show_key(&token, keys[i], output, list, problem));
    }
    return STATUS_OK;
}

const struct ceremony_command ceremony_pai_list = {
    .noun = "pai",
    .verb = "list",
    .words = "",
    .summary = "list P-256 keys and their certificates",
    .help = "Lists the private P-256 keys of the token: label, policy class, and the VID and "
            "expiry of the\n"
            "certificate stored beside it (pai import).\n\n"
            "  mintmark-hsm pai list --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON,
    .required = CEREMONY_LOGIN,
    .run = run,
};

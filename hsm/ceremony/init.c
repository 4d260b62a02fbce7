#include <string.h>
#include <unistd.h>

#include "hsm/ceremony/make_key.h"
#include "hsm/ceremony/pin_file.h"
#include "hsm/ceremony/transcript.h"
#include "hsm/report.h"
#include "hsm/rv.h"

static const char seal_label[] = "mintmark-seal";
static const char log_label[] = "mintmark-log";

static status_t find_free_slot(const struct hsm_module *module, CK_SLOT_ID *ret_slot,
                               struct problem *problem)
{
    CK_SLOT_ID slots[HSM_SLOTS_MAX];
    CK_ULONG count = 0;
    TRY(hsm_token_slots(module, slots, &count, problem));
    for (CK_ULONG i = 0; i < count; i++) {
        struct hsm_token token;
        if (hsm_token_read(module, slots[i], &token) == STATUS_OK &&
            (token.flags & CKF_TOKEN_INITIALIZED) == 0) {
            *ret_slot = slots[i];
            return STATUS_OK;
        }
    }
    return problem_say(problem, STATUS_NOT_FOUND, "TOKEN_NO_FREE_SLOT", "token",
                       "no slot holds an uninitialised token: for SoftHSM check that SOFTHSM2_CONF "
                       "names a token folder that exists; an initialised token is never erased");
}

static status_t init_token(const struct hsm_module *module, const struct ceremony_options *options,
                           const struct hsm_pin *so_pin, struct problem *problem)
{
    CK_SLOT_ID slot = 0;
    TRY(find_free_slot(module, &slot, problem));
    CK_UTF8CHAR label[HSM_TOKEN_LABEL_MAX];
    memset(label, ' ', sizeof(label)); /* blank padded, without NUL */
    memcpy(label, options->token, strlen(options->token));
    CK_RV rv = module->calls->C_InitToken(slot, so_pin->value.data, so_pin->value.size, label);
    return hsm_rv_say(problem, rv, "C_InitToken");
}

static status_t set_user_pin(const struct hsm_module *module, const struct hsm_token *token,
                             const struct hsm_pin *so_pin, const struct hsm_pin *pin,
                             struct problem *problem)
{
    AUTO(hsm_session_close) struct hsm_session session = {0};
    TRY(hsm_session_open(module, token, true, &session, problem));
    CK_FUNCTION_LIST *calls = module->calls;
    TRY(hsm_rv_say(problem,
                   calls->C_Login(session.handle, CKU_SO, so_pin->value.data, so_pin->value.size),
                   "C_Login (security officer)"));
    CK_RV rv = calls->C_InitPIN(session.handle, pin->value.data, pin->value.size);
    (void)calls->C_Logout(session.handle);
    return hsm_rv_say(problem, rv, "C_InitPIN");
}

/* Initialises a free token unless one of this name is there; gives it a user PIN unless it has one.
 */
static status_t make_token(const struct ceremony_options *options, const struct hsm_pin *so_pin,
                           bool *ret_made, struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    TRY(hsm_pin_read_file(options->pin_file, &pin, problem));
    TRY(ceremony_token_load(&token, options, problem));
    struct hsm_token found;
    status_t status = hsm_token_find(&token.module, &token.uri, &found, problem);
    *ret_made = status == STATUS_NOT_FOUND;
    if (status == STATUS_NOT_FOUND) {
        TRY(init_token(&token.module, options, so_pin, problem));
        status = hsm_token_find(&token.module, &token.uri, &found, problem);
    }
    TRY(status);
    if ((found.flags & CKF_USER_PIN_INITIALIZED) == 0) {
        TRY(set_user_pin(&token.module, &found, so_pin, &pin, problem));
    }
    sync();
    return STATUS_OK;
}

static void show(struct ceremony_output *output, const char *what, const char *label, bool made,
                 const struct hsm_key_policy *policy)
{
    ceremony_say(output, "  %s key '%s': %s, class %s", what, label,
                 made ? "made, signed a test" : "was there", hsm_key_policy_name(policy->class));
    ceremony_note(output, what,
                  json_pack("{s:s, s:b, s:o}", "label", label, "made", made, "policy",
                            hsm_key_policy_json(policy)));
}

static status_t ensure_seal(struct ceremony_token *token, struct ceremony_output *output,
                            struct problem *problem)
{
    struct hsm_key key;
    struct problem why = {0};
    status_t status = ceremony_token_secret(token, seal_label, &key, &why);
    bool made = status == STATUS_NOT_FOUND;
    if (made) {
        status = ceremony_make_secret(token, seal_label, &key, problem);
    } else if (status != STATUS_OK) {
        *problem = why;
    }
    TRY(status);
    struct hsm_key_policy policy = hsm_key_policy_read(&token->session, key.handle, HSM_KEY_SECRET);
    show(output, "seal", seal_label, made, &policy);
    ceremony_transcript_key(output, token, "seal", &key, made);
    return STATUS_OK;
}

static status_t ensure_log(struct ceremony_token *token, struct ceremony_output *output,
                           struct problem *problem)
{
    struct hsm_key key;
    bool made = false;
    TRY(ceremony_make_or_find_pair(token, log_label, &key, &made, problem));
    struct hsm_key_policy policy =
        hsm_key_policy_read(&token->session, key.handle, HSM_KEY_PRIVATE);
    show(output, "log", log_label, made, &policy);
    ceremony_transcript_key(output, token, "log", &key, made);
    return STATUS_OK;
}

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    bool pin_made = false;
    bool so_pin_made = false;
    bool made = false;
    TRY(ceremony_pin_file_ensure(options->pin_file, &pin_made, problem));
    TRY(ceremony_pin_file_ensure(options->so_pin_file, &so_pin_made, problem));
    AUTO(hsm_pin_wipe) struct hsm_pin so_pin = {0};
    TRY(hsm_pin_read_file(options->so_pin_file, &so_pin, problem));
    TRY(make_token(options, &so_pin, &made, problem));

    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    TRY(ceremony_token_open(&token, options, true, problem));
    const struct hsm_token *info = &token.session.token;
    ceremony_say(output, "token '%s' serial %s (%s%s): %s", info->label, info->serial, info->model,
                 info->software ? ", SOFTWARE TOKEN" : "", made ? "initialised" : "was there");
    ceremony_note(output, "token", hsm_report_token(info));
    ceremony_note(output, "initialised", json_boolean(made));
    if (pin_made || so_pin_made) {
        ceremony_say(output, "  new PIN file%s: %s%s%s; keep the security officer's apart",
                     pin_made && so_pin_made ? "s" : "", pin_made ? options->pin_file : "",
                     pin_made && so_pin_made ? ", " : "", so_pin_made ? options->so_pin_file : "");
    }
    TRY(ensure_seal(&token, output, problem));
    return ensure_log(&token, output, problem);
}

const struct ceremony_command ceremony_init = {
    .noun = "init",
    .verb = "",
    .words = "",
    .summary = "initialise a token; make seal and log key",
    .help = "Initialises the first free token of the module, sets its user PIN, and makes two keys "
            "that\n"
            "never leave it: mintmark-seal (HMAC, encrypts device secrets) and mintmark-log "
            "(P-256,\n"
            "signs the log's checkpoints). PIN files that do not exist are made with 32 random "
            "characters. "
            "Run again\n"
            "it makes only what is missing; it never erases a token.\n\n"
            "  mintmark-hsm init --token mint --pin-file /etc/mintmark/pin \\\n"
            "      --so-pin-file /root/mint-so-pin --softhsm2-conf /etc/mintmark/softhsm2.conf \\\n"
            "      --transcript init.json --person 'A. Custodian' --person 'B. Witness'",
    .allowed = CEREMONY_COMMON | CEREMONY_RECORD | CEREMONY_HAS(SO_PIN_FILE),
    .required = CEREMONY_LOGIN | CEREMONY_HAS(SO_PIN_FILE),
    .run = run,
};

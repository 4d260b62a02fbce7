#include "hsm/ceremony/token.h"

#include <string.h>
#include <unistd.h>

static status_t read_name(struct ceremony_token *token, struct problem *problem)
{
    TRY(hsm_uri_make(token->options->token, "any", &token->uri, problem));
    const char *serial = token->options->serial;
    if (serial != NULL) {
        if (strlen(serial) > HSM_TOKEN_SERIAL_MAX) {
            return problem_say(problem, STATUS_USAGE, "TOKEN_SERIAL", "serial",
                               "a token serial has at most 16 characters");
        }
        memcpy(token->uri.serial, serial, strlen(serial) + 1);
    }
    return STATUS_OK;
}

static status_t log_in(struct ceremony_token *token, struct problem *problem)
{
    struct hsm_token found;
    TRY(hsm_token_find(&token->module, &token->uri, &found, problem));
    TRY(hsm_session_open(&token->module, &found, token->writable, &token->session, problem));
    return hsm_session_login(&token->session, &token->pin, token->options->latch, problem);
}

status_t ceremony_token_load(struct ceremony_token *token, const struct ceremony_options *options,
                             struct problem *problem)
{
    token->options = options;
    token->lock.descriptor = -1;
    TRY(read_name(token, problem));
    TRY(hsm_lock_take(options->lock, &token->lock, problem));
    return hsm_module_open(options->module, options->softhsm2_conf, &token->module, problem);
}

status_t ceremony_token_open(struct ceremony_token *token, const struct ceremony_options *options,
                             bool writable, struct problem *problem)
{
    token->writable = writable;
    TRY(hsm_pin_read_file(options->pin_file, &token->pin, problem));
    TRY(ceremony_token_load(token, options, problem));
    return log_in(token, problem);
}

status_t ceremony_token_reopen(struct ceremony_token *token, struct problem *problem)
{
    sync(); /* waits on Linux; we do not know where a module keeps its files */
    hsm_session_close(&token->session);
    hsm_module_close(&token->module);
    const struct ceremony_options *options = token->options;
    TRY(hsm_module_open(options->module, options->softhsm2_conf, &token->module, problem));
    return log_in(token, problem);
}

void ceremony_token_done(struct ceremony_token *token)
{
    bool loaded = token->options != NULL;
    hsm_session_close(&token->session);
    hsm_module_close(&token->module);
    hsm_pin_wipe(&token->pin);
    if (loaded) {
        hsm_lock_drop(&token->lock);
    }
    *token = (struct ceremony_token){.lock = {-1}};
}

status_t ceremony_token_key(const struct ceremony_token *token, const char *label,
                            struct hsm_key *ret_key, struct problem *problem)
{
    struct hsm_uri uri;
    TRY(hsm_uri_make(token->options->token, label, &uri, problem));
    return hsm_key_find_ec(&token->session, &uri, label, ret_key, problem);
}

status_t ceremony_token_secret(const struct ceremony_token *token, const char *label,
                               struct hsm_key *ret_key, struct problem *problem)
{
    struct hsm_uri uri;
    TRY(hsm_uri_make(token->options->token, label, &uri, problem));
    return hsm_key_find_secret(&token->session, &uri, label, ret_key, problem);
}

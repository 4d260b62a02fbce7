#include "hsm/ceremony/ceremony.h"
#include "hsm/ceremony/token.h"
#include "hsm/sign.h"
#include "lib/tlog/key.h"

#define DEFAULT_LABEL "mintmark-log"

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    AUTO(ceremony_token_done) struct ceremony_token token = {0};
    const char *label = options->key != NULL ? options->key : DEFAULT_LABEL;
    struct hsm_key key;
    struct hsm_sign_context context;
    struct tlog_key log_key;
    char line[TLOG_KEY_TEXT_SIZE];
    TRY(ceremony_token_open(&token, options, false, problem));
    TRY(ceremony_token_key(&token, label, &key, problem));
    TRY(hsm_sign_prove(&token.session, &key, SPAN_OF(key.point), "log", problem));
    TRY(hsm_sign_context(&token.session, &key, &context, problem));
    TRY(tlog_key_init(options->words[0], SPAN_OF(context.spki), &log_key, problem));
    tlog_key_write(&log_key, line);
    ceremony_say(output, "%s", line);
    ceremony_note(output, "key", json_string(line));
    return STATUS_OK;
}

const struct ceremony_command ceremony_log_key = {
    .noun = "log",
    .verb = "key",
    .words = "ORIGIN",
    .summary = "print the public key of a log's checkpoints",
    .help = "Prints, as one line name+id+key, what whoever checks the log ORIGIN (site name, '/',\n"
            "number) has to trust. Hand it to auditors by a way that is not the server's.\n\n"
            "  mintmark-hsm log key acme-shenzhen/1 --token mint --pin-file pin",
    .allowed = CEREMONY_COMMON | CEREMONY_HAS(KEY_LABEL),
    .required = CEREMONY_LOGIN,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};

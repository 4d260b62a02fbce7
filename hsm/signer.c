#include "hsm/signer.h"

#include <time.h>
#include <unistd.h>

#include "hsm/checkpoint.h"
#include "hsm/lock.h"
#include "hsm/protocol.h"
#include "hsm/signer_keys.h"
#include "lib/base/kill_timer.h"
#include "lib/matter/certificate.h"
#include "lib/matter/crl.h"
#include "lib/pki/identity_certificate.h"

_Static_assert(HSM_PROTOCOL_CRL_MAX > PKI_CRL_MAX + HSM_PROTOCOL_NAME_MAX, "a list fits its frame");

struct process {
    const struct hsm_signer_config *config;
    int socket;
    struct hsm_signer_keys keys;
    struct hsm_module module;
    struct hsm_session session;
    struct hsm_checkpoint checkpoint;
    struct buf report;
    struct buf
        answer; /* secret memory, kept: mapping it for each call would cost more than signing */
};

/* The PIN lives from here to the end of this function: one login, then it is wiped. */
static status_t log_in(struct process *process, int pin_descriptor, struct problem *problem)
{
    const struct hsm_signer_config *config = process->config;
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    TRY(hsm_pin_read(pin_descriptor, config->pin_path, &pin, problem));
    TRY(hsm_module_open(config->module, config->softhsm2_conf, &process->module, problem));
    struct hsm_token token;
    TRY(hsm_token_find(&process->module, &process->keys.seal.uri, &token, problem));
    TRY(hsm_session_open(&process->module, &token, false, &process->session, problem));
    return hsm_session_login(&process->session, &pin, config->latch_path, problem);
}

/* One start at a time on a token, from before C_Initialize to the end of the self-test. */
static status_t start(struct process *process, int pin_descriptor, struct problem *problem)
{
    TRY(hsm_signer_keys_read(process->config, &process->keys, problem));
    AUTO(hsm_lock_drop) struct hsm_lock lock = {-1};
    TRY(hsm_lock_take(process->config->lock_path, &lock, problem));
    TRY(kill_timer_arm(HSM_SIGNER_START_MS)); /* waiting for the lock is not hanging */
    TRY(log_in(process, pin_descriptor, problem));
    TRY(hsm_signer_keys_prove(&process->session, &process->keys, problem));
    TRY(hsm_signer_keys_report(&process->session, &process->keys, &process->report));
    kill_timer_disarm();
    return STATUS_OK;
}

static status_t not_a_call(struct problem *problem)
{
    return problem_say(problem, STATUS_INTERNAL, "SIGNER_PROTOCOL", "", "not a call");
}

static status_t find_pai(const struct process *process, struct span name,
                         struct hsm_signer_key **ret_pai, struct problem *problem)
{
    *ret_pai = hsm_signer_keys_pai(&process->keys, name);
    if (*ret_pai == NULL) {
        return problem_say(problem, STATUS_NOT_FOUND, "PAI_UNKNOWN", "pai",
                           "the signer has no PAI '%.*s': it is not in its configuration",
                           (int)name.size, (const char *)name.data);
    }
    return STATUS_OK;
}

static status_t sign_dac(struct process *process, struct span payload, struct buf *answer,
                         struct problem *problem)
{
    struct span name;
    struct span tbs;
    struct hsm_signer_key *pai = NULL;
    if (hsm_protocol_read_sign(payload, &name, &tbs) != STATUS_OK) {
        return not_a_call(problem);
    }
    TRY(find_pai(process, name, &pai, problem));
    /* a worker that was taken over must not get a signature over anything but a DAC */
    struct pki_certificate parsed;
    TRY(pki_certificate_parse_tbs(tbs, &parsed, problem));
    TRY(matter_certificate_lint(&parsed, MATTER_DAC, &pai->certificate, false, problem));
    return hsm_sign_message(&process->session, &pai->key, pai->verify_key, tbs, answer, problem);
}

/* A list that goes back would un-revoke. The last one's very bytes may be signed again: its
 * signature may not have reached the store. */
static status_t check_crl_number(const struct hsm_signer_crl *signed_last, uint32_t last,
                                 const struct hsm_signer_crl *next, struct problem *problem)
{
    bool again = next->number == signed_last->number &&
                 memcmp(next->tbs_sha256, signed_last->tbs_sha256, SHA256_SIZE) == 0;
    if (next->number > last && (next->number > signed_last->number || again)) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CRL_NUMBER", "crl",
                       "revocation list %u does not follow %u: a PAI's lists never go back",
                       next->number, last > signed_last->number ? last : signed_last->number);
}

/* Numbers are used up for ever, so a worker that was taken over must not come near their end. What
 * it says was the last is its own word: a PAI's lists are besides never more than one for each
 * second of its life. */
static status_t check_crl_step(const struct hsm_signer_key *pai, uint32_t last,
                               const struct hsm_signer_crl *next, struct problem *problem)
{
    int64_t age = (int64_t)time(NULL) - pai->certificate.not_before;
    uint32_t known = last > pai->crl.number ? last : pai->crl.number;
    if ((int64_t)next->number - known <= HSM_PROTOCOL_CRL_STEP_MAX &&
        next->number <= (age > 0 ? age : 0) + HSM_PROTOCOL_CRL_STEP_MAX) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CRL_NUMBER_STEP", "crl",
                       "revocation list %u after %u: more than %d further, or more lists than the "
                       "PAI's age in seconds; if the clock is right, the worker's state is not",
                       next->number, known, HSM_PROTOCOL_CRL_STEP_MAX);
}

static status_t sign_crl(struct process *process, struct span payload, struct buf *answer,
                         struct problem *problem)
{
    struct span name;
    struct span tbs;
    uint32_t last = 0;
    struct hsm_signer_key *pai = NULL;
    if (hsm_protocol_read_sign_crl(payload, &last, &name, &tbs) != STATUS_OK) {
        return not_a_call(problem);
    }
    TRY(find_pai(process, name, &pai, problem));
    struct pki_crl parsed;
    TRY(pki_crl_parse_tbs(tbs, &parsed, problem));
    TRY(matter_crl_lint(&parsed, &pai->certificate, problem));
    struct hsm_signer_crl next = {.number = matter_crl_number(&parsed)};
    digest_sha256(tbs, next.tbs_sha256);
    TRY(check_crl_number(&pai->crl, last, &next, problem));
    TRY(check_crl_step(pai, last, &next, problem));
    TRY(hsm_sign_message(&process->session, &pai->key, pai->verify_key, tbs, answer, problem));
    pai->crl = next;
    return STATUS_OK;
}

/* A worker that was taken over must not get a certificate for an operator, or one of another shape.
 */
static status_t sign_identity(struct process *process, struct span tbs, struct buf *answer,
                              struct problem *problem)
{
    const struct hsm_signer_key *ca = &process->keys.identity;
    if (!process->keys.has_identity) {
        return problem_say(problem, STATUS_REFUSED, "IDENTITY_CA_NONE", "identity_ca",
                           "this server has no identity CA: configure identity_ca, or enrol the "
                           "station with a certificate");
    }
    TRY(pki_identity_certificate_lint(tbs, &ca->certificate, process->config->identity_prefix,
                                      problem));
    return hsm_sign_message(&process->session, &ca->key, ca->verify_key, tbs, answer, problem);
}

static status_t sign_checkpoint(struct process *process, struct span payload, struct buf *answer,
                                struct problem *problem)
{
    struct hsm_checkpoint_call call;
    if (hsm_protocol_read_checkpoint(payload, &call) != STATUS_OK) {
        return not_a_call(problem);
    }
    if (!process->keys.has_log) {
        return problem_say(problem, STATUS_REFUSED, "LOG_KEY_NONE", "token.log_key",
                           "this server has no key for the log's checkpoints: configure "
                           "token.log_key");
    }
    return hsm_checkpoint_sign(&process->checkpoint, &process->keys.log_context, &call, answer,
                               problem);
}

static status_t derive_key(struct process *process, struct span salt, struct buf *answer,
                           struct problem *problem)
{
    AUTO(secret_wipe) struct secret key = {0};
    TRY(hsm_sign_mac(&process->session, &process->keys.seal.key, salt, &key, problem));
    buf_append_span(answer, secret_span(&key));
    return buf_status(answer);
}

static status_t perform(struct process *process, enum hsm_kind kind, struct span payload,
                        struct buf *answer, struct problem *problem)
{
    switch (kind) {
    case HSM_CALL_SIGN_DAC:
        return sign_dac(process, payload, answer, problem);
    case HSM_CALL_SIGN_CRL:
        return sign_crl(process, payload, answer, problem);
    case HSM_CALL_SIGN_CHECKPOINT:
        return sign_checkpoint(process, payload, answer, problem);
    case HSM_CALL_DERIVE_KEY:
        return derive_key(process, payload, answer, problem);
    case HSM_CALL_SIGN_IDENTITY:
        return sign_identity(process, payload, answer, problem);
    case HSM_CALL_REPORT:
        buf_append_span(answer, buf_span(&process->report));
        return buf_status(answer);
    case HSM_ANSWER_HELLO:
    case HSM_ANSWER_OK:
    case HSM_ANSWER_PROBLEM:
    default:
        return not_a_call(problem);
    }
}

static status_t send_problem(const struct process *process, struct problem *problem, bool last)
{
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, HSM_PROTOCOL_ANSWER_MAX);
    TRY(hsm_protocol_write_problem(problem, last, &payload));
    return hsm_protocol_send(process->socket, HSM_ANSWER_PROBLEM, buf_span(&payload));
}

/* After these the token, or this process, is in a state nobody knows: a new process is the only
 * recovery that works everywhere (SPEC.md §3). */
static bool is_last(status_t status)
{
    return status == STATUS_UNAVAILABLE || status == STATUS_INTERNAL || status == STATUS_CRYPTO ||
           status == STATUS_NO_MEMORY;
}

static status_t answer_call(struct process *process, enum hsm_kind kind, struct span payload)
{
    struct problem problem = {0};
    status_t status = perform(process, kind, payload, &process->answer, &problem);
    if (status == STATUS_OK) {
        status_t sent =
            hsm_protocol_send(process->socket, HSM_ANSWER_OK, buf_span(&process->answer));
        buf_clear(&process->answer); /* wiped */
        return sent;
    }
    buf_clear(&process->answer);
    bool last = is_last(status);
    (void)problem_complete(&problem, status);
    TRY(send_problem(process, &problem, last));
    return last ? status : STATUS_OK;
}

static status_t serve(struct process *process)
{
    AUTO(buf_done) struct buf payload = {0};
    buf_init_secret(&payload, HSM_PROTOCOL_CRL_MAX);
    for (;;) {
        enum hsm_kind kind = HSM_CALL_REPORT;
        status_t status = hsm_protocol_receive(process->socket, &kind, &payload);
        if (status != STATUS_OK) {
            return status == STATUS_UNAVAILABLE ? STATUS_OK : status; /* the worker has ended */
        }
        TRY(kill_timer_arm(HSM_SIGNER_CALL_MS));
        TRY(answer_call(process, kind, buf_span(&payload)));
        kill_timer_disarm();
    }
}

static status_t run(struct process *process, int pin_descriptor)
{
    struct problem problem = {0};
    status_t status = start(process, pin_descriptor, &problem);
    (void)close(pin_descriptor);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        (void)send_problem(process, &problem, true);
        return status;
    }
    TRY(hsm_protocol_send(process->socket, HSM_ANSWER_HELLO, buf_span(&process->report)));
    return serve(process);
}

int hsm_signer_main(const struct hsm_signer_config *config, int socket, int pin_descriptor)
{
    struct process process = {
        .config = config,
        .socket = socket,
        .checkpoint = {.path = config->highwater_path, .prefix = config->log_prefix},
    };
    buf_init(&process.report, HSM_PROTOCOL_ANSWER_MAX);
    buf_init_secret(&process.answer, HSM_PROTOCOL_ANSWER_MAX);
    status_t status = run(&process, pin_descriptor);
    (void)close(socket); /* first of all: it is how the worker learns of the end */
    if (kill_timer_arm(HSM_SIGNER_CALL_MS) == STATUS_OK) {
        hsm_session_close(&process.session);
        hsm_module_close(&process.module);
    }
    kill_timer_disarm();
    hsm_signer_keys_done(&process.keys);
    buf_done(&process.report);
    buf_done(&process.answer);
    return status_exit_code(status);
}

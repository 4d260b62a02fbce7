#include "server/worker/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/digest.h"
#include "lib/base/file.h"
#include "proto/wire/details.h"
#include "server/config.h"
#include "server/config_pass.h"
#include "server/duration.h"
#include "server/issue/checkpoint.h"
#include "server/issue/clock.h"
#include "server/issue/start.h"
#include "server/log.h"
#include "server/method.h"
#include "server/paths.h"
#include "server/rpc/order_data.h"
#include "server/store/log.h"

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned allowed_classes(const Mintmark__V1__Config *config)
{
    unsigned classes = 0;
    for (size_t i = 0; i < config->n_allow_classes; i++) {
        classes |= 1u << config->allow_classes[i];
    }
    return classes;
}

/* The token as issuing sees it: a few functions. */
static status_t sign_dac(void *token, const char *pai, struct span tbs, struct buf *ret_signature,
                         struct problem *problem)
{
    return hsm_client_sign_dac(token, pai, tbs, ret_signature, problem);
}

static status_t sign_crl(void *token, const char *pai, uint32_t last, struct span tbs,
                         struct buf *ret_signature, struct problem *problem)
{
    return hsm_client_sign_crl(token, pai, last, tbs, ret_signature, problem);
}

static status_t sign_identity(void *token, struct span tbs, struct buf *ret_signature,
                              struct problem *problem)
{
    return hsm_client_sign_identity(token, tbs, ret_signature, problem);
}

static status_t derive_key(void *token, struct span salt, struct secret *ret_key,
                           struct problem *problem)
{
    return hsm_client_derive_key(token, salt, ret_key, problem);
}

static status_t sign_checkpoint(void *token, const struct tlog_checkpoint *checkpoint,
                                uint64_t old_size, const struct tlog_proof *proof,
                                struct buf *ret_note, struct problem *problem)
{
    return hsm_client_sign_checkpoint(token, checkpoint, old_size, proof, ret_note, problem);
}

static status_t make_salt_folder(struct worker *worker, struct problem *problem)
{
    const char *folder = worker->config->state_directory;
    int size = snprintf(worker->salt_folder, sizeof(worker->salt_folder), "%s/salts", folder);
    if (size >= (int)sizeof(worker->salt_folder)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "state_directory", "path too long");
    }
    if ((mkdir(worker->salt_folder, 0700) != 0 && errno != EEXIST) ||
        file_sync_folder_of(worker->salt_folder) != STATUS_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SALT", "state_directory",
                           "cannot make %s: %s", worker->salt_folder, strerror(errno));
    }
    return STATUS_OK;
}

/* libc knows zones only for the whole process. Dates on devices are the one thing that is local
 * here; records are UTC. */
static status_t set_time_zone(const char *zone)
{
    if (setenv("TZ", zone[0] != '\0' ? zone : "UTC", 1) != 0) {
        return STATUS_NO_MEMORY;
    }
    tzset();
    return STATUS_OK;
}

static void set_retention(const Mintmark__V1__Retention *retention,
                          struct issue_environment *environment)
{
    environment->retention.device_ms =
        duration_or(retention != NULL ? retention->device_secrets : "", CONFIG_DEVICE_SECRETS_DAYS);
    environment->retention.codes_ms =
        duration_or(retention != NULL ? retention->onboarding : "", CONFIG_ONBOARDING_DAYS);
}

static status_t set_identity_ca(struct worker *worker, struct problem *problem)
{
    const Mintmark__V1__IdentityCa *ca = worker->config->identity_ca;
    if (ca == NULL) {
        return STATUS_OK;
    }
    TRY(pki_certificate_parse(span_make(ca->certificate_content.data, ca->certificate_content.len),
                              &worker->identity_ca, problem));
    worker->environment.identity_ca = &worker->identity_ca;
    worker->environment.identity_days = ca->days;
    return STATUS_OK;
}

/* What fails here is tried again by the next who does it. */
static void sign_log(struct worker *worker)
{
    struct problem problem = {0};
    if (issue_checkpoint_upkeep(&worker->environment, &problem) != STATUS_OK) {
        log_problem("worker", "log", &problem);
    }
}

/* Stations that have seen a log signed are not told that there is nothing: behind a recovery too.
 */
static void sign_first(struct worker *worker)
{
    uint64_t size = 0;
    if (store_log_checkpoint(worker->store, &size, NULL, NULL) == STATUS_OK && size == 0) {
        sign_log(worker);
    }
}

/* On the log: the worker of the administration listener, so that it stands there once for a start
 * of the whole server, and again when its signer had to be started anew. */
static status_t record_start(struct worker *worker, struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    TRY(config_pass_digest(worker->config, digest));
    return issue_start(&worker->environment, hsm_client_report(worker->token), MINTMARK_VERSION,
                       digest, problem);
}

/* What the configuration says of issuing, beyond what it stands on. */
static status_t set_rules(struct worker *worker, struct problem *problem)
{
    const Mintmark__V1__Config *config = worker->config;
    set_retention(config->retention, &worker->environment);
    worker->environment.max_open = config->max_open_per_station;
    worker->environment.repeat_to_line =
        config->repeat_delivery == MINTMARK__V1__REPEAT_DELIVERY__REPEAT_DELIVERY_LINE;
    return set_identity_ca(worker, problem);
}

static status_t begin(struct worker *worker, struct problem *problem)
{
    TRY(issue_checkpoint_check(&worker->environment, problem));
    if (worker->listener == LISTENER_ADMINISTRATION) {
        TRY(record_start(worker, problem));
    }
    sign_first(worker);
    return STATUS_OK;
}

status_t worker_init(struct worker *ret_worker, const Mintmark__V1__Config *config,
                     enum listener listener, int signer_socket, struct problem *problem)
{
    struct worker *worker = ret_worker;
    *worker = (struct worker){.config = config, .listener = listener};
    TRY(store_open(config->state_directory, &worker->store, problem));
    TRY(store_log_check(worker->store, problem));
    TRY(store_origin(worker->store, config->site->name, worker->origin, sizeof(worker->origin),
                     problem));
    (void)snprintf(worker->first_origin, sizeof(worker->first_origin), "%s/1", config->site->name);
    TRY(make_salt_folder(worker, problem));
    TRY(paths_in_state(config, PATHS_HIGHWATER, worker->highwater));
    TRY(set_time_zone(config->site->time_zone));
    TRY(rpc_catalog_init(&worker->catalog, config, worker->store, problem));
    TRY(decode_arena_new(WORKER_ARENA_SIZE, &worker->arena));
    TRY(hsm_client_open(signer_socket, &worker->token, problem));
    worker->token_report = hsm_client_report(worker->token);
    worker->environment = (struct issue_environment){
        .store = worker->store,
        .origin = worker->origin,
        .first_origin = worker->first_origin,
        .salt_folder = worker->salt_folder,
        .token = worker->token,
        .sign_dac = sign_dac,
        .sign_crl = sign_crl,
        .sign_identity = sign_identity,
        .derive_key = derive_key,
        .highwater = config->token->log_key[0] != '\0' ? worker->highwater : NULL,
        .sign_checkpoint = sign_checkpoint,
        .products = &worker->catalog,
        .find_product = rpc_catalog_find,
        .rows = worker->arena,
        .read_row = rpc_order_data_read,
        .pais = worker->catalog.pais,
        .pai_count = worker->catalog.pai_count,
        .now_ms = now_ms,
        .monotonic_ms = monotonic_ms,
        .clock_offset_ms = now_ms() - monotonic_ms(),
        .allow_classes = allowed_classes(config),
        .seal_keys = &worker->seal_keys,
    };
    TRY(set_rules(worker, problem));
    return begin(worker, problem);
}

void worker_done(struct worker *worker)
{
    issue_seal_keys_wipe(&worker->seal_keys);
    rpc_catalog_done(&worker->catalog);
    hsm_client_close(worker->token);
    decode_arena_free(worker->arena);
    store_close(worker->store);
}

/* The key it showed is the one it was enrolled with, where one was. */
static bool shows_its_key(const struct store_identity *identity, const struct frame_call *call)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(span_make(identity->spki, identity->spki_size), digest);
    return identity->spki_size == 0 || span_equal(SPAN_OF(digest), SPAN_OF(call->spki_sha256));
}

/* The identity is read on every call, so that blocking holds at the next one. */
static status_t authorize(const struct worker *worker, const struct frame_call *call,
                          struct store_identity *ret_identity, struct problem *problem)
{
    const struct method_row *method = &METHOD_TABLE[call->method];
    struct store_identity identity;
    status_t status = store_identity_get(worker->store, call->identity, &identity);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return problem_say(problem, status, "STORE", "", "cannot read the identities");
    }
    /* one answer for unknown, blocked, another key and wrong role: a stranger learns nothing */
    if (status == STATUS_NOT_FOUND || identity.blocked || !shows_its_key(&identity, call) ||
        (method->roles & 1u << identity.role) == 0 || call->listener != method->listener ||
        method->listener != worker->listener) {
        return problem_say(problem, STATUS_DENIED, "ROLE", "",
                           "this certificate may not call this method: an operator can enrol it");
    }
    *ret_identity = identity;
    return STATUS_OK;
}

/* The front's own calls come from nobody, on the listener they belong to. */
static bool is_own_call(const struct worker *worker, const struct frame_call *call)
{
    const struct method_row *method = &METHOD_TABLE[call->method];
    return method->roles == METHOD_ROLE_NOBODY && call->identity.size == 0 &&
           call->listener == method->listener && method->listener == worker->listener;
}

static status_t handle(struct worker *worker, const struct frame_call *call, uint32_t *phase_us,
                       struct rpc_ids *ids, struct buf *ret_answer, struct problem *problem)
{
    struct store_identity identity = {0};
    if (!is_own_call(worker, call)) {
        TRY(authorize(worker, call, &identity, problem));
    }
    if (call->message.size > METHOD_TABLE[call->method].request_max) {
        return problem_say(problem, STATUS_EXHAUSTED, "MESSAGE_TOO_LARGE", "",
                           "the request is larger than the %zu bytes of this method",
                           METHOD_TABLE[call->method].request_max);
    }
    struct rpc_call rpc = {
        .environment = &worker->environment,
        .arena = worker->arena,
        .method = (enum method)call->method,
        .caller = &identity,
        .identity = identity.id,
        .line = identity.line,
        .trust_domain = worker->config->site->trust_domain,
        .token_report = worker->token_report,
        .two_person_rule =
            worker->config->two_person_rule != MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_OFF,
        .deadline_ms = (int64_t)call->deadline_ms,
        .phase_us = phase_us,
        .ids = ids,
    };
    return RPC_HANDLERS[call->method](&rpc, call->message, ret_answer, problem);
}

/* Behind a call that the clock has refused, and until it is right again. */
static void watch_clock(struct worker *worker, const struct problem *problem)
{
    if (worker->clock_noted_ms != 0 || strncmp(problem->reason, "CLOCK", 5) == 0) {
        issue_clock_look(&worker->environment, &worker->clock_noted_ms);
    }
}

status_t worker_serve(struct worker *worker, const struct frame_call *call, struct buf *ret_frame)
{
    struct problem problem = {0};
    struct frame_answer answer = {.call_id = call->call_id};
    struct rpc_ids ids = {0};
    AUTO(buf_done) struct buf message;
    AUTO(buf_done) struct buf details;
    buf_init_secret(&message, RPC_ANSWER_MAX);
    buf_init(&details, FRAME_DETAILS_MAX);
    status_t status = call->method < METHOD_COUNT
                          ? handle(worker, call, answer.phase_us, &ids, &message, &problem)
                          : STATUS_MALFORMED;
    decode_arena_wipe(worker->arena);
    watch_clock(worker, &problem);
    if (status == STATUS_OK) {
        answer.message = buf_span(&message);
    } else {
        status = problem_complete(&problem, status);
        denial_note(&worker->denials, &worker->environment, call, &ids, &problem);
        bool may_help = status_exit_code(status) == status_exit_code(STATUS_UNAVAILABLE);
        TRY(wire_details_write(&problem, may_help ? WORKER_RETRY_MS : 0, &details));
        answer.details = buf_span(&details);
        answer.reason = span_text(problem.reason);
    }
    answer.grpc_code = (uint8_t)status_grpc_code(status);
    return frame_write_answer(&answer, ret_frame);
}

void worker_upkeep(struct worker *worker)
{
    if (store_log_due(worker->store)) {
        sign_log(worker);
    }
}

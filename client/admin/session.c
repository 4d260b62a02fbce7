#include "client/admin/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/admin/config.h"
#include "client/call.h"
#include "client/files.h"
#include "lib/pki/plain_key.h"
#include "lib/pki/spiffe.h"

enum {
    KEY_FILE_MAX = 16 * 1024,
    PATIENCE_DEFAULT_MS = 30000,
    PATH_TEXT_MAX = 96,
    REQUEST_MAX = 2 * 1024 * 1024,
    ARENA_SIZE = 2 * ADMIN_ANSWER_MAX, /* structs and their pointers beside the bytes */
};

struct admin_session {
    struct wire_client *client;
    struct pki_plain_key *key;
    char id[PKI_SPIFFE_MAX + 1];
    char domain[PKI_SPIFFE_MAX + 1];
    char server[ADMIN_SERVER_MAX];
    uint32_t patience_ms;
    bool quiet;
};

void admin_session_rows(struct admin_options *options,
                        struct option_row ret_rows[static ADMIN_ROWS])
{
    const struct option_row rows[ADMIN_ROWS] = {
        {"server", .text = &options->server}, {"certificate", .text = &options->certificate},
        {"key", .text = &options->key},       {"ca", .text = &options->ca},
        {"config", .text = &options->config}, {"timeout", .text = &options->timeout},
        {"json", .flag = &options->json},     {.name = NULL},
    };
    memcpy(ret_rows, rows, sizeof(rows));
}

/* Who we are: the id in our certificate. */
static status_t read_identity(struct admin_session *session, const char *path,
                              struct pki_certificate *certificate, struct buf *der,
                              struct problem *problem)
{
    struct span id = {0};
    TRY(files_read_certificate(path, der, problem));
    TRY(pki_certificate_parse(buf_span(der), certificate, problem));
    if (pki_spiffe_of(certificate, &id) != STATUS_OK || id.size > PKI_SPIFFE_MAX) {
        return problem_say(problem, STATUS_INVALID, "IDENTITY", "certificate",
                           "%s has no SPIFFE id, or several: an operator's certificate names one, "
                           "like spiffe://acme/operator/op-1",
                           path);
    }
    memcpy(session->id, id.data, id.size);
    const char *path_start = id.size > 9 ? strchr(session->id + 9, '/') : NULL; /* spiffe:// */
    size_t domain = path_start == NULL ? id.size : (size_t)(path_start - session->id);
    memcpy(session->domain, session->id, domain);
    return STATUS_OK;
}

static status_t read_key(struct admin_session *session, const char *path, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, KEY_FILE_MAX);
    TRY(files_read_secret(path, &content, problem));
    return pki_plain_key_read(buf_span(&content), &session->key, problem);
}

static status_t set_up(struct admin_session *session, const struct admin_options *options,
                       struct problem *problem)
{
    struct admin_config config;
    struct pki_certificate certificate;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    session->quiet = options->json;
    session->patience_ms = PATIENCE_DEFAULT_MS;
    if (options->timeout != NULL && !call_read_patience(options->timeout, &session->patience_ms)) {
        return problem_say(problem, STATUS_USAGE, "TIMEOUT", "--timeout",
                           "a number of seconds is wanted, at most a day");
    }
    TRY(admin_config_read(options, &config, problem));
    TRY(read_identity(session, config.certificate, &certificate, &der, problem));
    TRY(read_key(session, config.key, problem));
    if (!span_equal(pki_plain_key_signer(session->key).spki, certificate.spki)) {
        return problem_say(problem, STATUS_INVALID, "KEY_PAIR", "key",
                           "%s is not the key of %s: a statement signed with it would be refused",
                           config.key, config.certificate);
    }
    memcpy(session->server, config.server, sizeof(session->server));
    const struct wire_client_config wire = {.server = config.server,
                                            .certificate = config.certificate,
                                            .key = config.key,
                                            .ca = config.ca,
                                            .timeout_ms = CALL_TIMEOUT_MS};
    return wire_client_open(&wire, &session->client, problem);
}

status_t admin_session_open(const struct admin_options *options, struct admin_session **ret_session,
                            struct problem *problem)
{
    AUTO(admin_session_close) struct admin_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(set_up(session, options, problem));
    *ret_session = TAKE(session);
    return STATUS_OK;
}

void admin_session_close(struct admin_session *session)
{
    if (session != NULL) {
        wire_client_close(session->client);
        pki_plain_key_free(session->key);
        free(session);
    }
}

const char *admin_session_server(const struct admin_session *session)
{
    return session->server;
}

const char *admin_session_id(const struct admin_session *session)
{
    return session->id;
}

const char *admin_session_domain(const struct admin_session *session)
{
    return session->domain;
}

status_t admin_session_sign(const struct admin_session *session, struct span message,
                            struct buf *ret_signature, struct problem *problem)
{
    struct signer signer = pki_plain_key_signer(session->key);
    return signer.sign(signer.context, message, ret_signature, problem);
}

void admin_answer_done(struct admin_answer *answer)
{
    decode_arena_free(answer->arena);
}

static status_t make_room(struct admin_answer *answer)
{
    if (answer->arena == NULL) {
        return decode_arena_new(ARENA_SIZE, &answer->arena);
    }
    decode_arena_wipe(answer->arena);
    return STATUS_OK;
}

status_t admin_session_call(struct admin_session *session, const char *method,
                            const ProtobufCMessage *request, bool again,
                            const ProtobufCMessageDescriptor *descriptor,
                            struct admin_answer *answer, const ProtobufCMessage **ret_message,
                            struct problem *problem)
{
    char path[PATH_TEXT_MAX];
    AUTO(buf_done) struct buf bytes;
    AUTO(buf_done) struct buf reply;
    buf_init(&bytes, REQUEST_MAX);
    buf_init_secret(&reply, ADMIN_ANSWER_MAX);
    (void)snprintf(path, sizeof(path), "/mintmark.v1.%s%s",
                   strchr(method, '/') != NULL ? "" : "Administration/", method);
    TRY(call_pack(request, &bytes));
    TRY(make_room(answer));
    TRY(call_until(session->client, path, buf_span(&bytes), again ? session->patience_ms : 0,
                   session->quiet, &reply, problem));
    return decode_message(answer->arena, descriptor, buf_span(&reply), true, ret_message, problem);
}

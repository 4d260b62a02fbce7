#include "proto/wire/client.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "proto/wire/dial.h"
#include "proto/wire/exchange.h"
#include "proto/wire/tls.h"

struct wire_client {
    SSL_CTX *context;
    struct wire_scratch scratch;
    struct wire_address address;
    char name[WIRE_DIAL_HOST_MAX]; /* the server's certificate has it */
    char authority[WIRE_DIAL_HOST_MAX + WIRE_DIAL_PORT_MAX + 4]; /* as the user wrote it */
    uint32_t timeout_ms;
    struct wire_link link; /* ssl NULL: not connected */
    int descriptor;
};

static status_t read_file(const char *path, const char *field, struct buf *content,
                          struct problem *problem)
{
    status_t status = file_read(path, content);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, status, "TLS_FILE", field, "cannot read %s: %s", path,
                       status == STATUS_IO || status == STATUS_DENIED ? strerror(errno)
                                                                      : status_text(status));
}

static status_t read_key(const char *path, struct buf *content, struct problem *problem)
{
    int descriptor = -1;
    TRY(file_open_secret(path, &descriptor, problem));
    status_t status = file_read_descriptor(descriptor, content);
    (void)close(descriptor);
    return status == STATUS_OK ? STATUS_OK
                               : problem_say(problem, status, "TLS_FILE", "key",
                                             "cannot read %s: %s", path, status_text(status));
}

static status_t load(struct wire_client *client, const struct wire_client_config *config,
                     struct problem *problem)
{
    AUTO(buf_done) struct buf certificate;
    AUTO(buf_done) struct buf ca;
    AUTO(buf_done) struct buf key;
    buf_init(&certificate, WIRE_TLS_PEM_MAX);
    buf_init(&ca, WIRE_TLS_PEM_MAX);
    buf_init_secret(&key, WIRE_TLS_PEM_MAX);
    TRY(read_file(config->certificate, "certificate", &certificate, problem));
    TRY(read_file(config->ca, "ca", &ca, problem));
    TRY(read_key(config->key, &key, problem));
    const struct wire_tls_files files = {buf_span(&certificate), buf_span(&key), buf_span(&ca)};
    return wire_tls_client_new(&files, &client->context, problem);
}

static status_t set_up(struct wire_client *client, const struct wire_client_config *config,
                       struct problem *problem)
{
    TRY(wire_dial_parse(config->server, &client->address, problem));
    const char *name = config->server_name != NULL ? config->server_name : client->address.host;
    if (strlen(name) == 0 || strlen(name) >= sizeof(client->name)) {
        return problem_say(problem, STATUS_INVALID, "SERVER_NAME", "server_name",
                           "the server's name has 1 to 255 characters");
    }
    if (config->timeout_ms == 0) {
        return problem_say(problem, STATUS_INVALID, "TIMEOUT", "timeout_ms",
                           "a call needs a time limit above 0");
    }
    (void)snprintf(client->name, sizeof(client->name), "%s", name);
    (void)snprintf(client->authority, sizeof(client->authority), "%s", config->server);
    client->timeout_ms = config->timeout_ms;
    TRY(wire_scratch_init(&client->scratch));
    return load(client, config, problem);
}

status_t wire_client_open(const struct wire_client_config *config, struct wire_client **ret_client,
                          struct problem *problem)
{
    AUTO(wire_client_close) struct wire_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return STATUS_NO_MEMORY;
    }
    client->descriptor = -1;
    TRY(set_up(client, config, problem));
    *ret_client = TAKE(client);
    return STATUS_OK;
}

static void disconnect(struct wire_client *client)
{
    wire_link_done(&client->link);
    if (client->descriptor >= 0) {
        (void)close(client->descriptor);
    }
    client->descriptor = -1;
}

void wire_client_close(struct wire_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->link.session != NULL) {
        bool blocked = false; /* a polite GOAWAY if the socket takes it; the rest is disconnect */
        (void)nghttp2_session_terminate_session(client->link.session, NGHTTP2_NO_ERROR);
        status_t sent = wire_link_send(&client->link, &blocked);
        (void)sent;
    }
    disconnect(client);
    SSL_CTX_free(client->context);
    wire_scratch_done(&client->scratch);
    free(client);
}

/* Waits for what TLS waits for. */
static status_t wait(const struct wire_client *client, bool blocked, uint64_t deadline_ms)
{
    short events = POLLIN;
    if (blocked || client->link.wants_write) {
        events |= POLLOUT;
    }
    return wire_dial_wait(client->descriptor, events, deadline_ms);
}

static status_t shake_hands(struct wire_client *client, uint64_t deadline_ms,
                            struct problem *problem)
{
    for (bool done = false; !done;) {
        if (wire_link_handshake(&client->link, &done) != STATUS_OK) {
            return wire_tls_explain(client->link.ssl, problem);
        }
        if (!done && wait(client, false, deadline_ms) != STATUS_OK) {
            return problem_say(problem, STATUS_DEADLINE, "TLS_TIMEOUT", "server",
                               "the server did not finish the TLS handshake in time");
        }
    }
    if (!wire_tls_is_h2(client->link.ssl)) {
        return problem_say(problem, STATUS_UNAUTHENTICATED, "TLS_NOT_HTTP2", "server",
                           "the server does not speak HTTP/2");
    }
    return STATUS_OK;
}

static status_t connect_now(struct wire_client *client, uint64_t deadline_ms,
                            struct problem *problem)
{
    TRY(wire_dial_connect(&client->address, deadline_ms, &client->descriptor, problem));
    SSL *ssl = SSL_new(client->context);
    wire_link_init(&client->link, ssl, &client->scratch, NULL);
    if (ssl == NULL || SSL_set_fd(ssl, client->descriptor) != 1 ||
        wire_tls_expect_name(ssl, client->name) != STATUS_OK) {
        return problem_say(problem, STATUS_NO_MEMORY, "NO_MEMORY", "", "out of memory");
    }
    SSL_set_connect_state(ssl);
    TRY(shake_hands(client, deadline_ms, problem));
    if (wire_exchange_session(&client->link) != STATUS_OK) {
        return problem_say(problem, STATUS_NO_MEMORY, "NO_MEMORY", "", "out of memory");
    }
    return STATUS_OK;
}

/* Is the kept connection still good? What came meanwhile (GOAWAY, EOF) is read first. */
static bool is_usable(struct wire_client *client)
{
    bool more = false;
    if (client->link.session == NULL) {
        return false;
    }
    client->link.owner = NULL;
    do {
        if (wire_link_receive(&client->link, 4, &more) != STATUS_OK) {
            return false;
        }
    } while (more);
    return nghttp2_session_check_request_allowed(client->link.session) != 0;
}

/* One turn of sending and receiving; an alert that explains a broken connection is looked for. */
static status_t move_bytes(struct wire_client *client, bool *ret_blocked, struct problem *problem)
{
    bool more = false;
    status_t sent = wire_link_send(&client->link, ret_blocked);
    status_t received = wire_link_receive(&client->link, 8, &more);
    if (received == STATUS_MALFORMED) {
        return problem_say(problem, STATUS_UNAVAILABLE, "HTTP2_BROKEN", "",
                           "the server's HTTP/2 frames are broken");
    }
    if (received != STATUS_OK || sent != STATUS_OK) {
        return wire_tls_explain(client->link.ssl, problem);
    }
    if (more) {
        *ret_blocked = true; /* do not wait for the other side while there is input: poll returns */
    }
    return STATUS_OK;
}

static status_t run(struct wire_client *client, const struct wire_exchange *exchange,
                    uint64_t deadline_ms, struct problem *problem)
{
    while (!exchange->closed) {
        bool blocked = false;
        status_t status = move_bytes(client, &blocked, problem);
        if (exchange->closed) {
            break; /* answered, even if the server closed right behind */
        }
        TRY(status);
        if (wait(client, blocked, deadline_ms) != STATUS_OK) {
            return problem_say(problem, STATUS_DEADLINE, "DEADLINE", "", "no answer within %u ms",
                               client->timeout_ms);
        }
    }
    return STATUS_OK;
}

static status_t call(struct wire_client *client, const char *path, struct span request,
                     struct wire_exchange *exchange, struct buf *message, struct problem *problem)
{
    uint64_t deadline_ms = wire_dial_now_ms() + client->timeout_ms;
    if (!is_usable(client)) {
        disconnect(client);
        TRY(connect_now(client, deadline_ms, problem));
    }
    uint64_t now = wire_dial_now_ms();
    const struct wire_request sent = {
        .authority = client->authority,
        .path = path,
        .message = request,
        .timeout_ms = now < deadline_ms ? (uint32_t)(deadline_ms - now) : 1,
    };
    TRY(wire_exchange_start(exchange, &client->link, &sent, message));
    return run(client, exchange, deadline_ms, problem);
}

status_t wire_client_call(struct wire_client *client, const char *path, struct span request,
                          struct buf *ret_message, uint32_t *ret_retry_ms, struct problem *problem)
{
    AUTO(wire_exchange_done) struct wire_exchange exchange = {0};
    AUTO(buf_done) struct buf message;
    buf_init_secret(&message, WIRE_EXCHANGE_MESSAGE_MAX);
    uint32_t retry_ms = 0;
    if (problem != NULL) {
        *problem = (struct problem){0}; /* what an earlier call left would explain this one */
    }
    status_t status = call(client, path, request, &exchange, &message, problem);
    if (status == STATUS_OK) {
        status = wire_exchange_result(&exchange, &retry_ms, problem);
    } else {
        disconnect(client);
        retry_ms = status == STATUS_UNAVAILABLE ? WIRE_EXCHANGE_RETRY_MS : 0;
    }
    client->link.owner = NULL;
    *ret_retry_ms = retry_ms;
    if (status != STATUS_OK) {
        return problem == NULL ? status : problem_complete(problem, status);
    }
    buf_done(ret_message);
    *ret_message = message;
    message = (struct buf){0};
    return STATUS_OK;
}

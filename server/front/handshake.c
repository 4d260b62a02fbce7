#include "server/front/handshake.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "server/front/guard.h"
#include "server/front/listener.h"
#include "server/front/log.h"
#include "server/front/session.h"

void front_handshake_log_failure(struct front_connection *connection, const char *why)
{
    unsigned long error = ERR_peek_error();
    long verify = SSL_get_verify_result(connection->link.ssl);
    const char *words = error == 0 ? NULL : ERR_reason_error_string(error);
    struct log_line log;
    ERR_clear_error();
    if (!front_guard_take(&connection->front->noise, &FRONT_BUDGET_NOISE, front_now_us())) {
        return;
    }
    if (verify != X509_V_OK) {
        words = X509_verify_cert_error_string(verify);
    }
    front_log_begin(&log, LOG_LEVEL_WARNING, "connection_refused");
    log_text(&log, "peer", connection->peer);
    log_text(&log, "why", why != NULL ? why : words == NULL ? "closed by the client" : words);
    log_end(&log);
}

static status_t open_session(struct front_connection *connection)
{
    SSL *ssl = connection->link.ssl;
    struct problem *problem = &connection->identity_problem;
    if (!wire_tls_is_h2(ssl)) {
        front_handshake_log_failure(connection, "the client did not ask for h2");
        return STATUS_REFUSED;
    }
    /* a certificate without identity is told so by every call: its user sees why */
    status_t status = wire_tls_peer_identity(ssl, connection->front->trust_domain,
                                             &connection->identity, problem);
    if (status != STATUS_OK) {
        (void)problem_complete(problem, status);
    }
    connection->handshaking = false;
    connection->front->handshake_count--;
    front_listener_resume(connection->front);
    return front_session_open(connection);
}

status_t front_handshake_step(struct front_connection *connection)
{
    bool done = false;
    if (wire_link_handshake(&connection->link, &done) != STATUS_OK) {
        front_handshake_log_failure(connection, NULL);
        return STATUS_REFUSED;
    }
    return done ? open_session(connection) : STATUS_OK;
}

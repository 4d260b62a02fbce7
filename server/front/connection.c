#include "server/front/connection.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/front/call.h"
#include "server/front/dispatch.h"
#include "server/front/handshake.h"
#include "server/front/session.h"
#include "server/front/share.h"
#include "server/front/worker.h"

enum { READ_TURNS = 8 }; /* records before the others get their turn */

static void turn(struct front_connection *connection, bool readable);

struct front_connection *front_connection_from(void *pointer)
{
    struct front_connection *connection = pointer;
    assert(connection->magic == FRONT_CONNECTION_MAGIC);
    return connection;
}

static void on_readable(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    turn(front_connection_from(context), true);
}

static void on_writable(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    turn(front_connection_from(context), false);
}

static void print_peer(struct front_connection *connection)
{
    char host[INET6_ADDRSTRLEN] = "";
    const void *address = &connection->address;
    if (connection->address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = address;
        (void)inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
        (void)snprintf(connection->peer, sizeof(connection->peer), "[%s]:%u", host,
                       (unsigned)ntohs(in6->sin6_port));
    } else if (connection->address.ss_family == AF_INET) {
        const struct sockaddr_in *in = address;
        (void)inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
        (void)snprintf(connection->peer, sizeof(connection->peer), "%s:%u", host,
                       (unsigned)ntohs(in->sin_port));
    }
}

bool front_connection_same_host(const struct front_connection *connection,
                                const struct sockaddr_storage *address)
{
    const void *a = &connection->address;
    const void *b = address;
    if (connection->address.ss_family != address->ss_family) {
        return false;
    }
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *x = a;
        const struct sockaddr_in6 *y = b;
        return memcmp(&x->sin6_addr, &y->sin6_addr, sizeof(x->sin6_addr)) == 0;
    }
    const struct sockaddr_in *x = a;
    const struct sockaddr_in *y = b;
    return x->sin_addr.s_addr == y->sin_addr.s_addr;
}

/* Known to the front, without TLS or events yet. */
static struct front_connection *connection_alloc(struct front *front, int descriptor)
{
    struct front_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return NULL;
    }
    connection->magic = FRONT_CONNECTION_MAGIC;
    connection->front = front;
    connection->descriptor = descriptor;
    connection->accepted_us = front_now_us();
    connection->busy_us = connection->accepted_us;
    connection->progress_us = connection->accepted_us;
    TAILQ_INIT(&connection->calls);
    TAILQ_INIT(&connection->line);
    (void)event_assign(&connection->readable, front->base, descriptor, EV_READ | EV_PERSIST,
                       on_readable, connection);
    (void)event_assign(&connection->writable, front->base, descriptor, EV_WRITE, on_writable,
                       connection);
    (void)event_assign(&connection->flush, front->base, -1, 0, on_writable, connection);
    TAILQ_INSERT_TAIL(&front->connections, connection, in_front);
    front->connection_count++;
    return connection;
}

status_t front_connection_new(struct front *front, int descriptor,
                              const struct sockaddr_storage *address)
{
    struct front_connection *connection = connection_alloc(front, descriptor);
    if (connection == NULL) {
        (void)close(descriptor);
        return STATUS_NO_MEMORY;
    }
    const int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->address = *address;
    connection->handshaking = true;
    front->handshake_count++;
    print_peer(connection);
    SSL *ssl = SSL_new(front->context);
    wire_link_init(&connection->link, ssl, &front->scratch, connection);
    if (ssl == NULL || SSL_set_fd(ssl, descriptor) != 1 ||
        event_add(&connection->readable, NULL) != 0) {
        front_connection_free(connection);
        return STATUS_NO_MEMORY;
    }
    SSL_set_accept_state(ssl);
    return STATUS_OK;
}

status_t front_connection_new_bare(struct front *front, struct front_connection **ret_connection)
{
    struct front_connection *connection = connection_alloc(front, -1);
    if (connection == NULL) {
        return STATUS_NO_MEMORY;
    }
    wire_link_init(&connection->link, NULL, &front->scratch, connection);
    if (front_session_open(connection) != STATUS_OK) {
        front_connection_free(connection);
        return STATUS_NO_MEMORY;
    }
    *ret_connection = connection;
    return STATUS_OK;
}

static void free_calls(struct front_connection *connection)
{
    struct front_call *call = NULL;
    TAILQ_FOREACH(call, &connection->calls, in_connection)
    {
        front_dispatch_leave(call); /* all of them first: freeing one starts the next in line */
    }
    front_worker_connection_gone(connection->front, connection);
    while ((call = TAILQ_FIRST(&connection->calls)) != NULL) {
        front_call_free(call);
    }
}

void front_connection_free(struct front_connection *connection)
{
    struct front *front = connection->front;
    free_calls(connection);
    (void)event_del(&connection->readable);
    (void)event_del(&connection->writable);
    (void)event_del(&connection->flush);
    if (connection->link.ssl != NULL && !connection->handshaking) {
        ERR_clear_error();
        (void)SSL_shutdown(connection->link.ssl); /* close_notify, if the socket takes it */
    }
    wire_link_done(&connection->link);
    front_share_leave(connection);
    if (connection->descriptor >= 0) {
        (void)close(connection->descriptor);
    }
    if (connection->handshaking) {
        front->handshake_count--;
    }
    TAILQ_REMOVE(&front->connections, connection, in_front);
    front->connection_count--;
    connection->magic = 0;
    free(connection);
    front_connection_gone(front);
}

void front_connection_flush_soon(struct front_connection *connection)
{
    event_active(&connection->flush, EV_WRITE, 0);
}

void front_connection_reset(struct front_connection *connection, int32_t stream_id,
                            uint32_t http2_error)
{
    (void)nghttp2_submit_rst_stream(connection->link.session, NGHTTP2_FLAG_NONE, stream_id,
                                    http2_error);
    front_connection_flush_soon(connection);
}

/* What to wait for next. */
static void arrange(struct front_connection *connection, bool more)
{
    struct wire_link *link = &connection->link;
    bool flooded = connection->blocked && !connection->handshaking &&
                   nghttp2_session_get_outbound_queue_size(link->session) > FRONT_OUTBOUND_MAX / 2;
    if (connection->blocked || link->wants_write) {
        (void)event_add(&connection->writable, NULL);
    }
    if (flooded && !connection->paused) {
        (void)event_del(&connection->readable);
        connection->paused = true;
    } else if (!flooded && connection->paused) {
        (void)event_add(&connection->readable, NULL);
        connection->paused = false;
        more = true; /* bytes may lie in TLS already, unseen by the loop */
    }
    if (more && !connection->paused) {
        event_active(&connection->readable, EV_READ, 0);
    }
}

/* False when the connection is over. */
static bool exchange(struct front_connection *connection, bool readable, bool *ret_more)
{
    struct wire_link *link = &connection->link;
    if (readable && wire_link_receive(link, READ_TURNS, ret_more) != STATUS_OK) {
        return false;
    }
    if (wire_link_send(link, &connection->blocked) != STATUS_OK) {
        return false;
    }
    return connection->blocked || nghttp2_session_want_read(link->session) != 0 ||
           nghttp2_session_want_write(link->session) != 0;
}

static void turn(struct front_connection *connection, bool readable)
{
    bool more = false;
    if (connection->link.ssl == NULL) {
        return; /* a harness moves the bytes */
    }
    if (connection->handshaking) {
        if (front_handshake_step(connection) != STATUS_OK) {
            front_connection_free(connection);
            return;
        }
        readable = true;
    }
    if (!connection->handshaking && !exchange(connection, readable, &more)) {
        front_connection_free(connection);
        return;
    }
    arrange(connection, more);
}

void front_connection_drain(struct front_connection *connection)
{
    if (connection->handshaking) {
        front_connection_free(connection);
    } else if (connection->drain == DRAIN_NONE) {
        front_session_announce_end(connection);
    }
}

static bool has_passed(uint64_t since_us, uint64_t now_us, uint64_t limit_ms)
{
    return now_us > since_us && now_us - since_us > limit_ms * 1000;
}

static void note_progress(struct front_connection *connection, uint64_t now_us)
{
    if (connection->call_count > 0) {
        connection->busy_us = now_us;
    }
    if (!connection->blocked || connection->link.bytes_sent != connection->progress_bytes) {
        connection->progress_us = now_us;
        connection->progress_bytes = connection->link.bytes_sent;
    }
}

/* Why the connection must end now, or NULL. */
static const char *overdue(const struct front_connection *connection, uint64_t now_us)
{
    if (!connection->greeted && has_passed(connection->accepted_us, now_us, FRONT_HANDSHAKE_MS)) {
        return "no TLS handshake and HTTP/2 preface in time";
    }
    return has_passed(connection->progress_us, now_us, FRONT_STALL_MS) ? "the client takes no bytes"
                                                                       : NULL;
}

void front_connection_tick(struct front_connection *connection, uint64_t now_us)
{
    note_progress(connection, now_us);
    const char *why = overdue(connection, now_us);
    if (why != NULL) {
        front_handshake_log_failure(connection, why);
        front_connection_free(connection);
    } else if (connection->drain == DRAIN_ANNOUNCED) {
        if (has_passed(connection->drain_us, now_us, FRONT_GOAWAY_MS)) {
            front_session_end(connection);
        }
    } else if (connection->drain == DRAIN_NONE && connection->greeted &&
               (has_passed(connection->busy_us, now_us, FRONT_IDLE_MS) ||
                has_passed(connection->accepted_us, now_us, FRONT_AGE_MS))) {
        front_session_announce_end(connection);
    }
}

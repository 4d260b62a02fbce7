#include "server/front/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/front/connection.h"
#include "server/front/guard.h"
#include "server/front/handshake.h"
#include "server/front/log.h"

enum { ACCEPT_TURNS = 16, PAUSE_MS = 100 };

static size_t connections_from(const struct front *front, const struct sockaddr_storage *address)
{
    const struct front_connection *connection = NULL;
    size_t count = 0;
    TAILQ_FOREACH(connection, &front->connections, in_front)
    {
        count += front_connection_same_host(connection, address);
    }
    return count;
}

/* The oldest handshake, from this address if one is given; NULL when there is none. */
static struct front_connection *oldest_handshake(const struct front *front,
                                                 const struct sockaddr_storage *address)
{
    struct front_connection *connection = NULL;
    TAILQ_FOREACH(connection, &front->connections, in_front)
    {
        if (connection->handshaking &&
            (address == NULL || front_connection_same_host(connection, address))) {
            break;
        }
    }
    return connection;
}

/* Clients that shake hands leave soon and need only be waited for; silent ones would keep everybody
 * out, so this one goes when it has had its time. */
static bool yield(struct front_connection *connection)
{
    if (connection == NULL ||
        front_now_us() - connection->accepted_us < (uint64_t)FRONT_HANDSHAKE_YIELD_MS * 1000) {
        return false;
    }
    front_handshake_log_failure(connection, "too slow a handshake while others wait");
    front_connection_free(connection);
    return true;
}

static bool has_handshake_place(const struct front *front, const struct sockaddr_storage *address)
{
    const struct front_connection *connection = NULL;
    size_t count = 0;
    TAILQ_FOREACH(connection, &front->connections, in_front)
    {
        count += connection->handshaking && front_connection_same_host(connection, address);
    }
    return count < FRONT_HANDSHAKES_PER_ADDRESS_MAX || yield(oldest_handshake(front, address));
}

static void refuse(struct front *front, int descriptor, const char *why)
{
    (void)close(descriptor);
    if (front_guard_take(&front->noise, &FRONT_BUDGET_NOISE, front_now_us())) {
        front_log_event(LOG_LEVEL_WARNING, "connection_refused", "why", why);
    }
}

/* Out of descriptors or memory: the pending connection stays readable, so a loop that only tried
 * again would spin. */
static void pause_accepting(struct front *front)
{
    const struct timeval delay = {0, PAUSE_MS * 1000L};
    (void)event_del(&front->accept_event);
    front->accepting = false;
    (void)evtimer_add(&front->accept_pause, &delay);
    if (front_guard_take(&front->noise, &FRONT_BUDGET_NOISE, front_now_us())) {
        front_log_event(LOG_LEVEL_ERROR, "accept_failed", "why",
                        errno == EMFILE ? "out of file descriptors" : "out of resources");
    }
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct front *front)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    union {
        struct sockaddr_storage *storage;
        struct sockaddr *any;
    } place = {.storage = &address};
    int descriptor =
        accept4(front->listener_descriptor, place.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting(front);
        }
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (front->connection_count >= FRONT_CONNECTIONS_MAX) {
        refuse(front, descriptor, "too many connections");
    } else if (connections_from(front, &address) >= FRONT_CONNECTIONS_PER_ADDRESS_MAX) {
        refuse(front, descriptor, "too many connections from one address");
    } else if (!has_handshake_place(front, &address)) {
        refuse(front, descriptor, "too many handshakes from one address");
    } else if (front_connection_new(front, descriptor, &address) != STATUS_OK) {
        front_log_event(LOG_LEVEL_ERROR, "connection_refused", "why", "out of memory");
    }
    return true;
}

static void on_accept(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    struct front *front = context;
    for (int i = 0; i < ACCEPT_TURNS; i++) {
        if (front->handshake_count >= FRONT_HANDSHAKES_MAX &&
            !yield(oldest_handshake(front, NULL))) {
            (void)event_del(&front->accept_event); /* the rest waits in the kernel's backlog */
            front->accepting = false;
            return;
        }
        if (!accept_one(front)) {
            return;
        }
    }
}

static void on_pause_end(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    front_listener_resume(context);
}

void front_listener_resume(struct front *front)
{
    if (!front->accepting && !front->draining && front->listener_descriptor >= 0 &&
        event_add(&front->accept_event, NULL) == 0) {
        front->accepting = true;
    }
}

status_t front_listener_start(struct front *front)
{
    int flags = fcntl(front->listener_descriptor, F_GETFL);
    if (flags < 0 || fcntl(front->listener_descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
        return STATUS_IO;
    }
    (void)event_assign(&front->accept_event, front->base, front->listener_descriptor,
                       EV_READ | EV_PERSIST, on_accept, front);
    (void)evtimer_assign(&front->accept_pause, front->base, on_pause_end, front);
    front_listener_resume(front);
    return front->accepting ? STATUS_OK : STATUS_NO_MEMORY;
}

void front_listener_stop(struct front *front)
{
    (void)event_del(&front->accept_event);
    (void)event_del(&front->accept_pause);
    front->accepting = false;
}

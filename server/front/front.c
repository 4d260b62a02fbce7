#include "server/front/front.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "proto/wire/tls.h"
#include "server/front/connection.h"
#include "server/front/control.h"
#include "server/front/dispatch.h"
#include "server/front/health.h"
#include "server/front/listener.h"
#include "server/front/log.h"
#include "server/front/upkeep.h"
#include "server/front/worker.h"

uint64_t front_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void on_terminate(evutil_socket_t signal_number, short events, void *context)
{
    (void)signal_number;
    (void)events;
    front_drain(context, FRONT_DRAIN_MS);
}

static void on_tick(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    struct front *front = context;
    uint64_t now_us = front_now_us();
    struct front_connection *next = NULL;
    for (struct front_connection *connection = TAILQ_FIRST(&front->connections); connection != NULL;
         connection = next) {
        next = TAILQ_NEXT(connection, in_front);
        front_connection_tick(connection, now_us);
    }
    if (!event_pending(&front->accept_pause, EV_TIMEOUT, NULL)) {
        front_listener_resume(front);
    }
    front_upkeep_run(front, false);
    if (front->draining && now_us >= front->drain_until_us) {
        (void)event_base_loopbreak(front->base);
    }
}

void front_connection_gone(struct front *front)
{
    front_listener_resume(front);
    if (front->draining && front->connection_count == 0) {
        (void)event_base_loopbreak(front->base);
    }
}

void front_drain(struct front *front, uint32_t grace_ms)
{
    uint64_t until_us = front_now_us() + (uint64_t)grace_ms * 1000;
    if (front->draining) { /* asked again: the shorter grace holds */
        front->drain_until_us = until_us < front->drain_until_us ? until_us : front->drain_until_us;
        return;
    }
    front->draining = true;
    front->drain_until_us = until_us;
    front_listener_stop(front);
    front_health_update(front);
    struct front_connection *next = NULL;
    for (struct front_connection *connection = TAILQ_FIRST(&front->connections); connection != NULL;
         connection = next) {
        next = TAILQ_NEXT(connection, in_front);
        front_connection_drain(connection);
    }
    if (front->connection_count == 0) {
        (void)event_base_loopbreak(front->base);
    }
}

static status_t start(struct front *front)
{
    const struct timeval tick = {0, FRONT_TICK_MS * 1000L};
    evsignal_assign(&front->terminate_event, front->base, SIGTERM, on_terminate, front);
    (void)event_assign(&front->tick_event, front->base, -1, EV_PERSIST, on_tick, front);
    if (event_add(&front->terminate_event, NULL) != 0 ||
        event_add(&front->tick_event, &tick) != 0) {
        return STATUS_NO_MEMORY;
    }
    TRY(front_listener_start(front));
    return front_control_start(front);
}

status_t front_init(struct front *front, const struct front_config *config, struct problem *problem)
{
    *front = (struct front){
        .listener = config->listener,
        .listener_descriptor = config->listener_descriptor,
        .control_descriptor = config->control_descriptor,
    };
    front_dispatch_init(&front->dispatch);
    TAILQ_INIT(&front->watches);
    TAILQ_INIT(&front->connections);
    TAILQ_INIT(&front->shares);
    if (strlen(config->trust_domain) == 0 ||
        strlen(config->trust_domain) >= sizeof(front->trust_domain)) {
        return problem_say(problem, STATUS_INVALID, "TRUST_DOMAIN", "site.trust_domain",
                           "the trust domain has 1 to 255 characters");
    }
    (void)snprintf(front->trust_domain, sizeof(front->trust_domain), "%s", config->trust_domain);
    TRY(wire_scratch_init(&front->scratch));
    front->base = event_base_new();
    if (front->base == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (config->files != NULL) {
        TRY(wire_tls_server_new(config->files, &front->context, problem));
    }
    return STATUS_OK;
}

void front_done(struct front *front)
{
    if (front->base != NULL) {
        struct front_connection *connection = NULL;
        while ((connection = TAILQ_FIRST(&front->connections)) != NULL) {
            front_connection_free(connection);
        }
        front_worker_close_all(front);
        if (front->control_descriptor >= 0 && event_initialized(&front->control_event)) {
            (void)event_del(&front->control_event);
        }
        event_base_free(front->base);
    }
    SSL_CTX_free(front->context);
    wire_scratch_done(&front->scratch);
    *front = (struct front){0};
}

/* From here on the process only tidies up: asked to end once more it must not die of the signal
 * when its handler is taken down. */
static void keep_terminate_out(void)
{
    sigset_t terminate;
    (void)sigemptyset(&terminate);
    (void)sigaddset(&terminate, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &terminate, NULL);
}

status_t front_run(struct front *front)
{
    TRY(start(front));
    front_log_event(LOG_LEVEL_INFO, "front_started", "listener", LISTENER_NAMES[front->listener]);
    if (event_base_dispatch(front->base) < 0) {
        return STATUS_INTERNAL;
    }
    keep_terminate_out();
    front_log_event(LOG_LEVEL_INFO, "front_stopped", "why",
                    front->connection_count == 0 ? "drained" : "grace over");
    return STATUS_OK;
}

#include "server/front/call.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/wire/grpc.h"
#include "server/front/answer.h"
#include "server/front/connection.h"
#include "server/front/dispatch.h"
#include "server/front/health.h"
#include "server/front/log.h"
#include "server/front/share.h"

static void on_deadline(evutil_socket_t descriptor, short events, void *context);

struct front_call *front_call_new(struct front_connection *connection, int32_t stream_id)
{
    struct front_call *call = calloc(1, sizeof(*call));
    if (call == NULL) {
        return NULL;
    }
    call->magic = FRONT_CALL_MAGIC;
    call->stream_id = stream_id;
    call->connection = connection;
    call->method = METHOD_COUNT;
    call->code = -1;
    call->arrived_us = front_now_us();
    evtimer_assign(&call->timer, connection->front->base, on_deadline, call);
    TAILQ_INSERT_TAIL(&connection->calls, call, in_connection);
    connection->call_count++;
    return call;
}

struct front_call *front_call_from(void *pointer)
{
    struct front_call *call = pointer;
    assert(call->magic == FRONT_CALL_MAGIC);
    return call;
}

const struct front_call *front_call_of_body(const struct wire_body *body)
{
    const void *place = (const char *)body - offsetof(struct front_call, body);
    const struct front_call *call = place;
    assert(call->magic == FRONT_CALL_MAGIC);
    return call;
}

void front_call_start_timer(struct front_call *call, uint64_t limit_us)
{
    uint64_t time_us = limit_us;
    if (call->headers.has_timeout && call->headers.timeout_us < limit_us) {
        time_us = call->headers.timeout_us;
    }
    call->deadline_us = call->arrived_us + time_us;
    const struct timeval delay = {(time_t)(time_us / 1000000), (suseconds_t)(time_us % 1000000)};
    (void)evtimer_add(&call->timer, &delay);
}

/* The deadline while a call waits for a worker that may never come. */
static void refuse_waiting(struct front_call *call)
{
    struct problem problem = {0};
    if (call->connection->front->dispatch.ready == 0) {
        (void)problem_say(&problem, STATUS_UNAVAILABLE, "NO_WORKER", "",
                          "no worker is ready: the service is starting or its token is away");
        front_answer_refuse(call, &problem, FRONT_RETRY_MS);
        return;
    }
    (void)problem_say(&problem, STATUS_DEADLINE, "DEADLINE_IN_QUEUE", "",
                      "the deadline passed before a worker was free");
    front_answer_refuse(call, &problem, 0);
}

static void on_deadline(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    struct front_call *call = front_call_from(context);
    struct problem problem = {0};
    switch (call->state) {
    case CALL_ANSWERED: /* the peer does not take its answer */
        front_connection_reset(call->connection, call->stream_id, NGHTTP2_CANCEL);
        return;
    case CALL_LINE:
    case CALL_QUEUED:
        refuse_waiting(call);
        return;
    case CALL_OPENING:
    case CALL_READING:
    case CALL_WORKING:
    case CALL_WATCHING:
        (void)problem_say(&problem, STATUS_DEADLINE, "DEADLINE", "",
                          call->state == CALL_WORKING ? "the deadline passed while a worker had "
                                                        "the call: repeat it, it is safe"
                                                      : "the deadline passed");
        front_answer_refuse(call, &problem, 0);
        return;
    }
}

static void charge(struct front_call *call, size_t before)
{
    call->connection->front->dispatch.request_bytes += call->request.size - before;
    call->connection->share->request_bytes += call->request.size - before;
}

static bool is_too_much(const struct front_connection *connection)
{
    return connection->front->dispatch.request_bytes > FRONT_REQUEST_BYTES_MAX ||
           connection->share->request_bytes > FRONT_SHARE_REQUEST_BYTES_MAX;
}

void front_call_data(struct front_call *call, struct span bytes)
{
    if (call->state != CALL_READING) {
        return; /* refused already: what still comes is dropped */
    }
    struct problem problem = {0};
    size_t before = call->request.size;
    status_t status = wire_deframer_push(&call->deframer, bytes, &problem);
    charge(call, before);
    if (status == STATUS_OK && is_too_much(call->connection)) {
        status = problem_say(&problem, STATUS_EXHAUSTED, "QUEUE_FULL", "",
                             "too many requests are waiting: try again");
    }
    if (status != STATUS_OK) {
        front_answer_refuse(call, &problem, 0);
    }
}

void front_call_request_end(struct front_call *call)
{
    call->request_ended = true;
    if (call->state != CALL_READING) {
        return;
    }
    struct problem problem = {0};
    if (wire_deframer_end(&call->deframer, &problem) != STATUS_OK) {
        front_answer_refuse(call, &problem, 0);
    } else if (call->kind == CALL_KIND_METHOD) {
        front_dispatch_add(call);
    } else {
        front_health_serve(call);
    }
}

static void log_call(const struct front_call *call)
{
    const char *const phases[FRAME_PHASES] = {"look_up_us", "draw_us",   "reserve_us", "sign_us",
                                              "image_us",   "record_us", "deliver_us"};
    const struct front_connection *connection = call->connection;
    uint64_t now_us = front_now_us();
    struct log_line log;
    front_log_begin(&log, LOG_LEVEL_INFO, "call");
    log_text(&log, "method", call->headers.path);
    log_text(&log, "identity", connection->identity.spiffe_id);
    log_text(&log, "peer", connection->peer);
    log_text(&log, "code", wire_grpc_code_name(call->code));
    log_text(&log, "reason", call->reason);
    if (!call->delivered) {
        log_text(&log, "delivered", "false");
    }
    log_number(&log, "duration_us", now_us - call->arrived_us);
    if (call->queued_us > 0) {
        uint64_t until = call->started_us > 0 ? call->started_us : now_us;
        log_number(&log, "queue_us", until - call->queued_us);
    }
    for (int i = 0; i < FRAME_PHASES; i++) {
        if (call->phase_us[i] > 0) {
            log_number(&log, phases[i], call->phase_us[i]);
        }
    }
    log_end(&log);
}

void front_call_free(struct front_call *call)
{
    struct front *front = call->connection->front;
    if (call->code < 0) { /* never answered: the client, or its connection, went away */
        call->code = status_grpc_code(STATUS_CANCELLED);
    }
    log_call(call);
    front_dispatch_end(call);
    front_health_leave(call);
    (void)event_del(&call->timer);
    front->dispatch.request_bytes -= call->request.size;
    front->dispatch.answer_bytes -= call->frame.size;
    call->connection->share->request_bytes -= call->request.size;
    call->connection->share->answer_bytes -= call->frame.size;
    TAILQ_REMOVE(&call->connection->calls, call, in_connection);
    call->connection->call_count--;
    buf_done(&call->request);
    buf_done(&call->frame);
    call->magic = 0;
    free(call);
    front_dispatch_run(front);
}

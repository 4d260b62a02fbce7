#include "server/front/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/base/utf8.h"
#include "proto/wire/grpc.h"
#include "server/front/answer.h"
#include "server/front/connection.h"
#include "server/front/dispatch.h"
#include "server/front/health.h"
#include "server/front/log.h"
#include "server/front/upkeep.h"

enum { OUT_MAX = FRAME_CALL_HEADER + FRAME_IDENTITY_MAX + FRAME_CALL_MESSAGE_MAX };

static void release_connection(struct front_worker *worker)
{
    if (worker->connection != NULL) {
        front_dispatch_release(worker->connection);
        worker->connection = NULL;
    }
}

static void free_worker(struct front_worker *worker)
{
    struct front_dispatch *dispatch = &worker->front->dispatch;
    (void)event_del(&worker->readable);
    (void)event_del(&worker->writable);
    if (worker->state == WORKER_IDLE) {
        TAILQ_REMOVE(&dispatch->idle, worker, in_idle);
    }
    if (worker->state != WORKER_STARTING) {
        dispatch->ready--;
    }
    TAILQ_REMOVE(&dispatch->workers, worker, in_all);
    dispatch->known--;
    (void)close(worker->descriptor);
    buf_done(&worker->out);
    buf_done(&worker->in);
    worker->magic = 0;
    free(worker);
}

/* The socket is closed or broken: the call it had is not given to another worker. */
static void lose(struct front_worker *worker, const char *why)
{
    struct front *front = worker->front;
    struct front_call *call = worker->call;
    front_log_event(LOG_LEVEL_WARNING, "worker_lost", "why", why);
    release_connection(worker);
    free_worker(worker);
    if (call != NULL) {
        struct problem problem;
        call->worker = NULL;
        (void)problem_say(&problem, STATUS_UNAVAILABLE, "WORKER_LOST", "",
                          "the worker died with the call: repeat it, it is safe");
        front_answer_refuse(call, &problem, FRONT_RETRY_MS);
    }
    front_health_update(front);
    front_dispatch_run(front); /* the connection's next call may have entered the queue */
}

/* The answer came after its call had ended: what was done is on record, only nobody waited. */
static void log_late(const struct front_worker *worker, const struct frame_answer *answer)
{
    struct log_line log;
    char reason[FRAME_REASON_MAX + 1];
    utf8_clean(answer->reason, reason, sizeof(reason));
    front_log_begin(&log, LOG_LEVEL_WARNING, "late_answer");
    log_text(&log, "method", METHOD_TABLE[worker->method].path);
    log_text(&log, "code", wire_grpc_code_name(answer->grpc_code));
    log_text(&log, "reason", reason);
    log_end(&log);
}

static void become_idle(struct front_worker *worker)
{
    struct front_dispatch *dispatch = &worker->front->dispatch;
    bool first = worker->state == WORKER_STARTING;
    worker->state = WORKER_IDLE;
    worker->call = NULL;
    worker->call_id = 0;
    buf_clear(&worker->out);
    buf_done(&worker->in);
    worker->in_used = 0;
    TAILQ_INSERT_HEAD(&dispatch->idle, worker, in_idle);
    if (first) {
        dispatch->ready++;
        front_health_update(worker->front);
    }
}

static status_t finish_answer(struct front_worker *worker)
{
    struct frame_answer answer;
    size_t size = 0;
    TRY(frame_read_answer(buf_span(&worker->in), &answer, &size));
    if (size != worker->in.size || answer.call_id != worker->call_id ||
        worker->state == WORKER_IDLE) {
        return STATUS_MALFORMED; /* call id 0 is the hello, and call_id is 0 only before it */
    }
    if (worker->call != NULL) {
        worker->call->worker = NULL;
        front_answer_worker(worker->call, &answer, &worker->in);
    } else if (METHOD_TABLE[worker->method].roles == METHOD_ROLE_NOBODY &&
               worker->state == WORKER_BUSY) {
        front_upkeep_answer(worker->front, &answer);
    } else if (worker->state == WORKER_BUSY) {
        log_late(worker, &answer);
    }
    release_connection(worker);
    become_idle(worker);
    front_dispatch_run(worker->front);
    return STATUS_OK;
}

/* The header is there: room for exactly the whole frame, not the next power of two of it. */
static status_t make_room(struct front_worker *worker)
{
    size_t size = 0;
    TRY(frame_answer_size(SPAN_OF(worker->header), &size));
    size_t capacity = size;
    uint8_t *pages = secret_pages_new(&capacity);
    if (pages == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_init_secret(&worker->in, capacity);
    worker->in.data = pages;
    worker->in.capacity = capacity;
    buf_append(&worker->in, worker->header, FRAME_ANSWER_HEADER);
    return buf_extend(&worker->in, size - FRAME_ANSWER_HEADER) != NULL ||
                   size == FRAME_ANSWER_HEADER
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

/* One read; *ret_more is false when the socket is empty. */
static status_t read_some(struct front_worker *worker, bool *ret_more)
{
    bool in_header = worker->in_used < FRAME_ANSWER_HEADER;
    uint8_t *place = (in_header ? worker->header : worker->in.data) + worker->in_used;
    size_t room = (in_header ? FRAME_ANSWER_HEADER : worker->in.size) - worker->in_used;
    ssize_t got = recv(worker->descriptor, place, room, MSG_DONTWAIT);
    *ret_more = got > 0;
    if (got <= 0) {
        bool empty = got < 0 && (errno == EAGAIN || errno == EINTR);
        return empty ? STATUS_OK : STATUS_UNAVAILABLE;
    }
    worker->in_used += (size_t)got;
    if (in_header && worker->in_used == FRAME_ANSWER_HEADER) {
        TRY(make_room(worker));
    }
    if (worker->in_used >= FRAME_ANSWER_HEADER && worker->in_used == worker->in.size) {
        return finish_answer(worker);
    }
    return STATUS_OK;
}

static struct front_worker *worker_from(void *context)
{
    struct front_worker *worker = context;
    assert(worker->magic == FRONT_WORKER_MAGIC);
    return worker;
}

static void on_readable(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    struct front_worker *worker = worker_from(context);
    bool more = true;
    status_t status = worker->broken ? STATUS_UNAVAILABLE : STATUS_OK;
    for (int i = 0; i < 64 && more && status == STATUS_OK; i++) {
        status = read_some(worker, &more);
    }
    if (status != STATUS_OK) {
        lose(worker, status == STATUS_UNAVAILABLE ? "closed" : "broken frame");
    }
}

/* Writes what the socket takes. */
static status_t write_some(struct front_worker *worker)
{
    while (worker->out_sent < worker->out.size) {
        ssize_t put = send(worker->descriptor, worker->out.data + worker->out_sent,
                           worker->out.size - worker->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0 && errno == EAGAIN) {
            (void)event_add(&worker->writable, NULL);
            return STATUS_OK;
        }
        if (put < 0) {
            return STATUS_UNAVAILABLE;
        }
        worker->out_sent += (size_t)put;
    }
    return STATUS_OK;
}

static void on_writable(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    struct front_worker *worker = worker_from(context);
    if (write_some(worker) != STATUS_OK) {
        lose(worker, "closed");
    }
}

static uint64_t realtime_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t deadline_ms(const struct front_call *call)
{
    uint64_t now_us = front_now_us();
    uint64_t left_us = call->deadline_us > now_us ? call->deadline_us - now_us : 0;
    return realtime_ms() + left_us / 1000;
}

static status_t write_frame(struct front_worker *worker, const struct front_call *call)
{
    const struct front_connection *connection = call->connection;
    struct frame_call frame = {
        .call_id = worker->call_id,
        .deadline_ms = deadline_ms(call),
        .method = (uint16_t)call->method,
        .listener = (uint8_t)worker->front->listener,
        .identity = span_text(connection->identity.spiffe_id),
        .message = buf_span(&call->request),
    };
    memcpy(frame.spki_sha256, connection->identity.spki_sha256, sizeof(frame.spki_sha256));
    return frame_write_call(&frame, &worker->out);
}

static void leave_idle(struct front_worker *worker, enum method method)
{
    TAILQ_REMOVE(&worker->front->dispatch.idle, worker, in_idle);
    worker->state = WORKER_BUSY;
    worker->call_id = ++worker->front->dispatch.last_call_id;
    worker->method = method;
    worker->out_sent = 0;
}

/* A worker that does not take its frame is not lost here: its own answer may have brought us here.
 */
static void send_frame(struct front_worker *worker, status_t written)
{
    if (written != STATUS_OK || write_some(worker) != STATUS_OK) {
        worker->broken = true;
        event_active(&worker->readable, EV_READ, 0);
    }
}

void front_worker_start(struct front_worker *worker, struct front_call *call)
{
    leave_idle(worker, call->method);
    worker->call = call;
    call->state = CALL_WORKING;
    call->worker = worker;
    call->started_us = front_now_us();
    send_frame(worker, write_frame(worker, call));
}

void front_worker_start_own(struct front_worker *worker, enum method method)
{
    leave_idle(worker, method);
    const struct frame_call frame = {
        .call_id = worker->call_id,
        .deadline_ms = realtime_ms() + METHOD_TABLE[method].time_limit_ms,
        .method = (uint16_t)method,
        .listener = (uint8_t)worker->front->listener,
    };
    send_frame(worker, frame_write_call(&frame, &worker->out));
}

void front_worker_forget(struct front_worker *worker)
{
    if (worker != NULL) {
        worker->connection = worker->call->connection;
        worker->connection->in_flight++;
        worker->call = NULL;
    }
}

void front_worker_connection_gone(struct front *front, const struct front_connection *connection)
{
    struct front_worker *worker = NULL;
    TAILQ_FOREACH(worker, &front->dispatch.workers, in_all)
    {
        if (worker->connection == connection) {
            worker->connection = NULL;
        }
    }
}

status_t front_worker_add(struct front *front, int descriptor)
{
    struct front_dispatch *dispatch = &front->dispatch;
    struct front_worker *worker =
        dispatch->known < FRONT_WORKERS_MAX ? calloc(1, sizeof(*worker)) : NULL;
    if (worker == NULL) {
        (void)close(descriptor);
        return STATUS_NO_MEMORY;
    }
    worker->magic = FRONT_WORKER_MAGIC;
    worker->front = front;
    worker->descriptor = descriptor;
    buf_init_secret(&worker->out, OUT_MAX);
    (void)event_assign(&worker->readable, front->base, descriptor, EV_READ | EV_PERSIST,
                       on_readable, worker);
    (void)event_assign(&worker->writable, front->base, descriptor, EV_WRITE, on_writable, worker);
    TAILQ_INSERT_TAIL(&dispatch->workers, worker, in_all);
    dispatch->known++;
    if (event_add(&worker->readable, NULL) != 0) {
        free_worker(worker);
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void front_worker_close_all(struct front *front)
{
    struct front_worker *worker = NULL;
    while ((worker = TAILQ_FIRST(&front->dispatch.workers)) != NULL) {
        free_worker(worker);
    }
}

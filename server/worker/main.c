#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/kill_timer.h"
#include "server/config_pass.h"
#include "server/log.h"
#include "server/method.h"
#include "server/process.h"
#include "server/worker/worker.h"

enum {
    FRAME_CALL_SIZE_MAX = FRAME_CALL_HEADER + FRAME_IDENTITY_MAX + FRAME_CALL_MESSAGE_MAX,
    FRAME_ANSWER_SIZE_MAX =
        FRAME_ANSWER_HEADER + FRAME_REASON_MAX + FRAME_DETAILS_MAX + FRAME_ANSWER_MESSAGE_MAX
};

static status_t send_all(struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(PROCESS_WORKER_FRONT, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return STATUS_UNAVAILABLE;
        }
        bytes = span_make(bytes.data + sent, bytes.size - (size_t)sent);
    }
    return STATUS_OK;
}

static status_t say_hello(void)
{
    const struct frame_answer hello = {0}; /* call id 0: no call has it */
    AUTO(buf_done) struct buf frame;
    buf_init(&frame, FRAME_ANSWER_HEADER);
    TRY(frame_write_answer(&hello, &frame));
    return send_all(buf_span(&frame));
}

/* Waits for one whole frame. STATUS_CANCELLED: the front closed its end, nothing is lost. */
static status_t receive(struct buf *bytes, struct frame_call *ret_call)
{
    for (;;) {
        size_t size = 0;
        TRY(frame_read_call(buf_span(bytes), ret_call, &size));
        if (size > 0) {
            return size == bytes->size ? STATUS_OK : STATUS_MALFORMED; /* one call outstanding */
        }
        uint8_t chunk[8192];
        ssize_t got = recv(PROCESS_WORKER_FRONT, chunk, sizeof(chunk), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return STATUS_CANCELLED;
        }
        buf_append(bytes, chunk, (size_t)got);
        TRY(buf_status(bytes));
    }
}

static status_t serve_one(struct worker *worker, struct buf *call_bytes, struct buf *answer_bytes)
{
    struct frame_call call;
    buf_clear(call_bytes);
    TRY(receive(call_bytes, &call));
    uint32_t limit =
        call.method < METHOD_COUNT ? METHOD_TABLE[call.method].time_limit_ms : WORKER_GRACE_MS;
    TRY(kill_timer_arm(limit + WORKER_GRACE_MS));
    buf_clear(answer_bytes);
    TRY(worker_serve(worker, &call, answer_bytes));
    status_t status = send_all(buf_span(answer_bytes));
    worker_upkeep(worker);
    kill_timer_disarm();
    buf_clear(answer_bytes);
    TRY(status);
    return hsm_client_lost(worker->token) ? STATUS_UNAVAILABLE : STATUS_OK;
}

static int serve(struct worker *worker)
{
    AUTO(buf_done) struct buf call_bytes;
    AUTO(buf_done) struct buf answer_bytes;
    buf_init_secret(&call_bytes, FRAME_CALL_SIZE_MAX);
    buf_init_secret(&answer_bytes, FRAME_ANSWER_SIZE_MAX);
    status_t status = say_hello();
    while (status == STATUS_OK) {
        status = serve_one(worker, &call_bytes, &answer_bytes);
    }
    return status == STATUS_CANCELLED ? 0 : 1;
}

int worker_main(enum listener listener)
{
    struct problem problem = {0};
    static struct worker worker; /* large; one per process */
    bool locked = false;
    (void)signal(SIGPIPE, SIG_IGN);
    status_t status = secret_process_init(&locked);
    if (status == STATUS_OK) {
        log_memory_locked("worker", locked);
        status = kill_timer_arm(WORKER_START_LIMIT_MS);
    }
    Mintmark__V1__Config *config = NULL;
    if (status == STATUS_OK) {
        status = config_pass_receive(PROCESS_CONFIG, &config);
    }
    if (status != STATUS_OK) {
        (void)problem_say(&problem, STATUS_INTERNAL, "CONFIG", "", "no configuration handed over");
        log_problem("worker", "start", &problem);
        return 1;
    }
    status = worker_init(&worker, config, listener, PROCESS_WORKER_SIGNER, &problem);
    kill_timer_disarm();
    int code = 1;
    if (status == STATUS_OK) {
        code = serve(&worker);
    } else {
        (void)problem_complete(&problem, status);
        log_problem("worker", "start", &problem);
    }
    worker_done(&worker);
    mintmark__v1__config__free_unpacked(config, NULL);
    return code;
}

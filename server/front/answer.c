#include "server/front/answer.h"

#include <stdio.h>

#include "lib/base/utf8.h"
#include "proto/wire/details.h"
#include "proto/wire/grpc.h"
#include "server/front/connection.h"
#include "server/front/dispatch.h"
#include "server/front/share.h"

enum { TRAILERS_MAX = 3, DETAILS_TEXT_MAX = 4 * (WIRE_DETAILS_MAX / 3 + 1) + 1 };

/* The status of a call as header fields; lives while they are submitted (nghttp2 copies them). */
struct trailers {
    nghttp2_nv fields[TRAILERS_MAX];
    size_t count;
    char code[4];
    struct buf message;
    struct buf details;
};

static nghttp2_nv field(const char *name, const void *value, size_t size)
{
    union {
        const void *read;
        uint8_t *write; /* nghttp2 takes non-const pointers and copies what they show */
    } n = {.read = name}, v = {.read = value};
    return (nghttp2_nv){n.write, v.write, strlen(name), size, NGHTTP2_NV_FLAG_NONE};
}

static void trailers_init(struct trailers *trailers, int code, const char *message,
                          struct span details)
{
    *trailers = (struct trailers){.count = 1};
    (void)snprintf(trailers->code, sizeof(trailers->code), "%u", (unsigned)code % WIRE_GRPC_CODES);
    trailers->fields[0] = field("grpc-status", trailers->code, strlen(trailers->code));
    buf_init(&trailers->message, WIRE_GRPC_MESSAGE_MAX);
    buf_init(&trailers->details, DETAILS_TEXT_MAX);
    wire_grpc_message_encode(message, &trailers->message);
    wire_grpc_binary_encode(details, &trailers->details);
    if (trailers->message.size > 0) {
        trailers->fields[trailers->count++] =
            field("grpc-message", trailers->message.data, trailers->message.size);
    }
    if (trailers->details.size > 0) {
        trailers->fields[trailers->count++] =
            field("grpc-status-details-bin", trailers->details.data, trailers->details.size);
    }
}

static void trailers_done(struct trailers *trailers)
{
    buf_done(&trailers->message);
    buf_done(&trailers->details);
}

/* From here the countdown is for the peer to take the answer. */
static void answered(struct front_call *call, int code, const char *reason)
{
    const struct timeval delay = {.tv_sec = FRONT_DELIVERY_MS / 1000};
    front_dispatch_leave(call);
    call->state = CALL_ANSWERED;
    call->code = code;
    (void)snprintf(call->reason, sizeof(call->reason), "%s", reason);
    (void)evtimer_add(&call->timer, &delay);
    front_connection_flush_soon(call->connection);
}

static void submit_or_reset(struct front_call *call, int result)
{
    if (result != 0) { /* out of memory, or the stream is closing */
        front_connection_reset(call->connection, call->stream_id, NGHTTP2_INTERNAL_ERROR);
    }
}

static void trailers_only(struct front_call *call, const struct trailers *trailers)
{
    nghttp2_nv fields[3 + TRAILERS_MAX] = {
        field(":status", "200", 3),
        field("content-type", "application/grpc", 16),
        field("grpc-accept-encoding", "identity", 8),
    };
    memcpy(fields + 3, trailers->fields, trailers->count * sizeof(fields[0]));
    submit_or_reset(call, nghttp2_submit_response(call->connection->link.session, call->stream_id,
                                                  fields, 3 + trailers->count, NULL));
}

/* The last byte of a body is on its way: the status. */
static void send_code(struct wire_body *body, nghttp2_session *session, int32_t stream_id)
{
    const struct front_call *call = front_call_of_body(body);
    struct trailers trailers;
    trailers_init(&trailers, call->code, "", (struct span){0});
    int result = nghttp2_submit_trailer(session, stream_id, trailers.fields, trailers.count);
    (void)result; /* fails only when out of memory: the delivery deadline then resets the stream */
    trailers_done(&trailers);
}

/* A watch has sent its headers long ago: its body ends, with the status alone behind it. */
static void end_watch(struct front_call *call)
{
    call->body.last = true;
    (void)nghttp2_session_resume_data(call->connection->link.session, call->stream_id);
}

static void refuse_with(struct front_call *call, int code, const char *message, struct span details,
                        const char *reason)
{
    bool watching = call->state == CALL_WATCHING;
    answered(call, code, reason);
    if (watching) {
        end_watch(call);
        return;
    }
    struct trailers trailers;
    trailers_init(&trailers, code, message, details);
    trailers_only(call, &trailers);
    trailers_done(&trailers);
}

void front_answer_refuse(struct front_call *call, const struct problem *problem, uint32_t retry_ms)
{
    if (call->state == CALL_ANSWERED) {
        return;
    }
    AUTO(buf_done) struct buf details;
    buf_init(&details, WIRE_DETAILS_MAX);
    if (wire_details_write(problem, retry_ms, &details) != STATUS_OK) {
        buf_clear(&details); /* the status and message still go out */
    }
    refuse_with(call, status_grpc_code(problem->status), problem->message, buf_span(&details),
                problem->reason);
}

void front_answer_http(struct front_call *call, const char *http_status, const char *reason)
{
    const nghttp2_nv fields[] = {field(":status", http_status, strlen(http_status))};
    answered(call, status_grpc_code(STATUS_UNKNOWN), reason);
    submit_or_reset(call, nghttp2_submit_response(call->connection->link.session, call->stream_id,
                                                  fields, 1, NULL));
}

static void submit_body(struct front_call *call)
{
    const nghttp2_nv fields[] = {
        field(":status", "200", 3),
        field("content-type", "application/grpc", 16),
    };
    const nghttp2_data_provider provider = {{.ptr = &call->body}, wire_body_read};
    submit_or_reset(call, nghttp2_submit_response(call->connection->link.session, call->stream_id,
                                                  fields, 2, &provider));
}

/* The Status that the worker wrote goes out as it is, when it agrees with the code. */
static void refuse_for_worker(struct front_call *call, const struct frame_answer *answer,
                              const char *reason)
{
    struct problem problem = {0};
    uint32_t retry_ms = 0;
    int code = -1;
    struct span details = answer->details;
    if (wire_details_read(details, &code, &problem, &retry_ms) != STATUS_OK ||
        code != answer->grpc_code) {
        details = (struct span){0};
        problem.message[0] = '\0';
    }
    refuse_with(call, answer->grpc_code, problem.message, details, reason);
}

static void count_answer(const struct front_call *call)
{
    struct front_share *share = call->connection->share;
    size_t size = call->frame.size;
    call->connection->front->dispatch.answer_bytes += size;
    share->answer_bytes += size;
    share->largest_answer = size > share->largest_answer ? size : share->largest_answer;
}

void front_answer_worker(struct front_call *call, const struct frame_answer *answer,
                         struct buf *frame)
{
    char reason[FRAME_REASON_MAX + 1];
    utf8_clean(answer->reason, reason, sizeof(reason));
    memcpy(call->phase_us, answer->phase_us, sizeof(call->phase_us));
    if (answer->grpc_code != 0) {
        refuse_for_worker(call, answer, reason);
        return;
    }
    call->frame = *frame;
    *frame = (struct buf){0};
    count_answer(call);
    answered(call, 0, reason);
    wire_body_set(&call->body, answer->message, true);
    call->body.on_end = send_code;
    submit_body(call);
}

void front_answer_health(struct front_call *call, bool last)
{
    wire_body_set(&call->body, span_make(call->watch_bytes, sizeof(call->watch_bytes)), last);
    call->body.on_end = send_code;
    if (last) {
        answered(call, 0, "");
    }
    submit_body(call);
    front_connection_flush_soon(call->connection);
}

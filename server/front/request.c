#include "server/front/request.h"

#include "proto/wire/grpc.h"
#include "server/front/answer.h"
#include "server/front/connection.h"
#include "server/front/health.h"

enum { HEADER_OVERHEAD = 32 }; /* RFC 9113 §6.5.2 */

static bool is(struct span name, const char *text)
{
    return span_equal(name, span_text(text));
}

static void take_path(struct front_call *call, struct span path)
{
    size_t size = path.size < FRONT_CALL_PATH_MAX - 1 ? path.size : FRONT_CALL_PATH_MAX - 1;
    memcpy(call->headers.path, path.data, size);
    call->headers.path[size] = '\0';
    call->method = method_find((const char *)path.data, path.size);
    if (call->method != METHOD_COUNT) {
        bool ours = METHOD_TABLE[call->method].listener == call->connection->front->listener;
        call->kind = ours ? CALL_KIND_METHOD : CALL_KIND_UNKNOWN;
    } else {
        call->kind = front_health_kind(path);
    }
}

static void take_timeout(struct front_call *call, struct span value)
{
    call->headers.has_timeout = true;
    call->headers.bad_timeout =
        wire_grpc_timeout_parse(value, &call->headers.timeout_us) != STATUS_OK;
}

bool front_request_header(struct front_call *call, struct span name, struct span value)
{
    struct front_call_headers *headers = &call->headers;
    headers->size += name.size + value.size + HEADER_OVERHEAD;
    if (headers->size > FRONT_HEADER_LIST_MAX) {
        return headers->size <= FRONT_HEADER_LIST_RESET;
    }
    if (is(name, ":method")) {
        headers->is_post = is(value, "POST");
    } else if (is(name, ":path")) {
        take_path(call, value);
    } else if (is(name, "content-type")) {
        headers->content_type_fits = wire_grpc_content_type_fits(value);
    } else if (is(name, "grpc-timeout")) {
        take_timeout(call, value);
    } else if (is(name, "grpc-encoding")) {
        call->deframer.other_encoding = !is(value, "identity");
    }
    return true;
}

/* What can be said from the headers alone, in the order of proto/wire/SPEC.md §2.6. */
static status_t judge(const struct front_call *call, struct problem *problem)
{
    const struct front_call_headers *headers = &call->headers;
    if (headers->size > FRONT_HEADER_LIST_MAX) {
        return problem_say(problem, STATUS_EXHAUSTED, "HEADERS_TOO_LARGE", "",
                           "the headers are larger than %d bytes", FRONT_HEADER_LIST_MAX);
    }
    if (call->connection->identity_problem.status != STATUS_OK) {
        *problem = call->connection->identity_problem;
        return problem->status;
    }
    if (call->kind == CALL_KIND_UNKNOWN) {
        return problem_say(problem, STATUS_UNIMPLEMENTED, "METHOD_UNKNOWN", "",
                           "this listener does not offer %s", headers->path);
    }
    if (headers->bad_timeout) {
        return problem_say(problem, STATUS_INTERNAL, "TIMEOUT_MALFORMED", "",
                           "grpc-timeout is no 1 to 8 digits and a unit");
    }
    if (headers->has_timeout && headers->timeout_us == 0) {
        return problem_say(problem, STATUS_DEADLINE, "DEADLINE", "",
                           "the deadline had passed before the call began");
    }
    return STATUS_OK;
}

static void start(struct front_call *call)
{
    const uint64_t no_limit_us = (uint64_t)UINT32_MAX * 1000;
    const struct method_row *row =
        call->kind == CALL_KIND_METHOD ? &METHOD_TABLE[call->method] : NULL;
    size_t limit = row != NULL ? row->request_max : FRONT_HEALTH_REQUEST_MAX;
    bool other_encoding = call->deframer.other_encoding;
    buf_init(&call->request,
             limit); /* names and certificate requests: no secret travels this way */
    wire_deframer_init(&call->deframer, &call->request, limit);
    call->deframer.other_encoding = other_encoding;
    call->state = CALL_READING;
    if (row != NULL) {
        front_call_start_timer(call, (uint64_t)row->time_limit_ms * 1000);
    } else if (call->kind == CALL_KIND_CHECK || call->headers.has_timeout) {
        front_call_start_timer(call, call->kind == CALL_KIND_CHECK ? 5000000 : no_limit_us);
    }
}

void front_request_headers_end(struct front_call *call)
{
    struct problem problem = {0};
    bool too_large = call->headers.size > FRONT_HEADER_LIST_MAX;
    if (!too_large && !call->headers.is_post) {
        front_answer_http(call, "405", "NOT_POST");
    } else if (!too_large && !call->headers.content_type_fits) {
        front_answer_http(call, "415", "NOT_GRPC");
    } else if (judge(call, &problem) != STATUS_OK) {
        front_answer_refuse(call, &problem, 0);
    } else {
        start(call);
    }
}

#include "server/front/health.h"

#include <grpc/health/v1/health.pb-c.h>

#include "server/front/answer.h"
#include "server/front/connection.h"

enum { STATUS_TAG = 0x08 }; /* HealthCheckResponse.status: field 1, a varint below 128 */

enum front_call_kind front_health_kind(struct span path)
{
    if (span_equal(path, span_text("/grpc.health.v1.Health/Check"))) {
        return CALL_KIND_CHECK;
    }
    return span_equal(path, span_text("/grpc.health.v1.Health/Watch")) ? CALL_KIND_WATCH
                                                                       : CALL_KIND_UNKNOWN;
}

static uint8_t serving(const struct front *front)
{
    return front->dispatch.ready > 0 && !front->draining
               ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
               : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

/* The status of the service that the request names; SERVICE_UNKNOWN for others. */
static status_t read_request(const struct front_call *call, uint8_t *ret_status)
{
    Grpc__Health__V1__HealthCheckRequest *request = grpc__health__v1__health_check_request__unpack(
        NULL, call->request.size, call->request.data);
    if (request == NULL) {
        return STATUS_INTERNAL;
    }
    static const char *const SERVICES[LISTENER_COUNT] = {
        [LISTENER_STATIONS] = "mintmark.v1.Provisioning",
        [LISTENER_ADMINISTRATION] = "mintmark.v1.Administration",
    };
    const char *service = SERVICES[call->connection->front->listener];
    bool known = request->service[0] == '\0' || strcmp(request->service, service) == 0;
    grpc__health__v1__health_check_request__free_unpacked(request, NULL);
    *ret_status = known ? serving(call->connection->front)
                        : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    return STATUS_OK;
}

static void watch(struct front_call *call)
{
    if (call->connection->watch_count >= FRONT_WATCHES_MAX) {
        struct problem problem;
        (void)problem_say(&problem, STATUS_EXHAUSTED, "TOO_MANY_WATCHES", "",
                          "a connection has at most %d health watches", FRONT_WATCHES_MAX);
        front_answer_refuse(call, &problem, 0);
        return;
    }
    call->connection->watch_count++;
    call->state = CALL_WATCHING;
    call->in_watches = true;
    TAILQ_INSERT_TAIL(&call->connection->front->watches, call, in_list);
    front_answer_health(call, false);
}

void front_health_serve(struct front_call *call)
{
    struct problem problem = {0};
    uint8_t status = 0;
    if (read_request(call, &status) != STATUS_OK) {
        (void)problem_say(&problem, STATUS_INTERNAL, "MESSAGE_MALFORMED", "",
                          "the message is no HealthCheckRequest");
        front_answer_refuse(call, &problem, 0);
        return;
    }
    call->watch_bytes[0] = STATUS_TAG;
    call->watch_bytes[1] = status;
    if (call->kind == CALL_KIND_WATCH) {
        watch(call);
    } else if (status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN) {
        (void)problem_say(&problem, STATUS_NOT_FOUND, "SERVICE_UNKNOWN", "service",
                          "this server has no service of that name");
        front_answer_refuse(call, &problem, 0);
    } else {
        front_answer_health(call, true);
    }
}

/* All updates have the same length, so one that is half sent may change its last byte; one that is
 * wholly sent begins anew. */
static void tell(struct front_call *call, uint8_t status)
{
    if (call->watch_bytes[1] == status) {
        return;
    }
    call->watch_bytes[1] = status;
    if (call->body.sent == WIRE_PREFIX_SIZE + sizeof(call->watch_bytes)) {
        wire_body_set(&call->body, span_make(call->watch_bytes, sizeof(call->watch_bytes)), false);
    }
    (void)nghttp2_session_resume_data(call->connection->link.session, call->stream_id);
    front_connection_flush_soon(call->connection);
}

void front_health_update(struct front *front)
{
    uint8_t status = serving(front);
    struct front_call *call = NULL;
    TAILQ_FOREACH(call, &front->watches, in_list)
    {
        bool known = call->watch_bytes[1] !=
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
        if (call->state == CALL_WATCHING && known) {
            tell(call, status);
        }
        if (call->state == CALL_WATCHING && front->draining) {
            struct problem problem;
            (void)problem_say(&problem, STATUS_UNAVAILABLE, "DRAINING", "",
                              "the server is being restarted");
            front_answer_refuse(call, &problem, FRONT_RETRY_MS);
        }
    }
}

void front_health_leave(struct front_call *call)
{
    if (call->in_watches) {
        call->in_watches = false;
        TAILQ_REMOVE(&call->connection->front->watches, call, in_list);
        call->connection->watch_count--;
    }
}

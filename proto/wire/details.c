#include "proto/wire/details.h"

#include <google/rpc/status.pb-c.h>

#include "lib/base/utf8.h"
#include "proto/wire/grpc.h"

static const char ERROR_INFO[] = "type.googleapis.com/google.rpc.ErrorInfo";
static const char BAD_REQUEST[] = "type.googleapis.com/google.rpc.BadRequest";
static const char RETRY_INFO[] = "type.googleapis.com/google.rpc.RetryInfo";
static const char DOMAIN[] = "mintmark";

enum { ANY_MAX = 3, RETRY_MAX_MS = 3600 * 1000 };

struct writer {
    uint8_t bytes[WIRE_DETAILS_MAX];
    size_t used;
    Google__Protobuf__Any any[ANY_MAX];
    Google__Protobuf__Any *list[ANY_MAX];
    size_t count;
};

/* protobuf-c's structs hold char *, though packing never writes through it. */
static char *text_of(const char *text)
{
    union {
        const char *read;
        char *write;
    } both = {.read = text};
    return both.write;
}

static void add_detail(struct writer *writer, const char *type, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (writer->count == ANY_MAX || size > sizeof(writer->bytes) - writer->used) {
        return; /* a problem is far below the limit; a detail less is no failure */
    }
    uint8_t *place = writer->bytes + writer->used;
    writer->used += protobuf_c_message_pack(message, place);
    Google__Protobuf__Any *any = &writer->any[writer->count];
    google__protobuf__any__init(any);
    any->type_url = text_of(type);
    any->value = (ProtobufCBinaryData){size, place};
    writer->list[writer->count++] = any;
}

static void add_reason(struct writer *writer, const struct problem *problem)
{
    Google__Rpc__ErrorInfo info;
    google__rpc__error_info__init(&info);
    info.reason = text_of(problem->reason);
    info.domain = text_of(DOMAIN);
    add_detail(writer, ERROR_INFO, &info.base);
}

static void add_field(struct writer *writer, const char *field, const char *message)
{
    Google__Rpc__BadRequest__FieldViolation violation;
    google__rpc__bad_request__field_violation__init(&violation);
    violation.field = text_of(field);
    violation.description = text_of(message);
    Google__Rpc__BadRequest__FieldViolation *violations[] = {&violation};
    Google__Rpc__BadRequest request;
    google__rpc__bad_request__init(&request);
    request.n_field_violations = 1;
    request.field_violations = violations;
    add_detail(writer, BAD_REQUEST, &request.base);
}

static void add_retry(struct writer *writer, uint32_t retry_ms)
{
    Google__Rpc__RetryInfo__Delay delay;
    google__rpc__retry_info__delay__init(&delay);
    delay.seconds = retry_ms / 1000;
    delay.nanos = (int32_t)(retry_ms % 1000) * 1000000;
    Google__Rpc__RetryInfo retry;
    google__rpc__retry_info__init(&retry);
    retry.retry_delay = &delay;
    add_detail(writer, RETRY_INFO, &retry.base);
}

status_t wire_details_write(const struct problem *problem, uint32_t retry_ms, struct buf *ret_bytes)
{
    char message[PROBLEM_MESSAGE_MAX]; /* a text cut by problem_say may end inside a character */
    char field[PROBLEM_FIELD_MAX];
    utf8_clean(span_text(problem->message), message, sizeof(message));
    utf8_clean(span_text(problem->field), field, sizeof(field));
    struct writer writer = {0};
    if (problem->reason[0] != '\0') {
        add_reason(&writer, problem);
    }
    if (field[0] != '\0') {
        add_field(&writer, field, message);
    }
    if (retry_ms > 0) {
        add_retry(&writer, retry_ms);
    }
    Google__Rpc__Status status;
    google__rpc__status__init(&status);
    status.code = status_grpc_code(problem->status);
    status.message = message;
    status.n_details = writer.count;
    status.details = writer.list;
    uint8_t *place = buf_extend(ret_bytes, google__rpc__status__get_packed_size(&status));
    if (place != NULL) {
        (void)google__rpc__status__pack(&status, place);
    }
    return buf_status(ret_bytes);
}

static void copy_text(const char *text, char *ret_text, size_t size)
{
    if (text != NULL) {
        utf8_clean(span_text(text), ret_text, size);
    }
}

static void read_reason(const ProtobufCBinaryData *value, struct problem *problem)
{
    Google__Rpc__ErrorInfo *info = google__rpc__error_info__unpack(NULL, value->len, value->data);
    if (info != NULL) {
        copy_text(info->reason, problem->reason, sizeof(problem->reason));
        google__rpc__error_info__free_unpacked(info, NULL);
    }
}

static void read_field(const ProtobufCBinaryData *value, struct problem *problem)
{
    Google__Rpc__BadRequest *request =
        google__rpc__bad_request__unpack(NULL, value->len, value->data);
    if (request != NULL) {
        if (request->n_field_violations > 0) {
            copy_text(request->field_violations[0]->field, problem->field, sizeof(problem->field));
        }
        google__rpc__bad_request__free_unpacked(request, NULL);
    }
}

static void read_retry(const ProtobufCBinaryData *value, uint32_t *retry_ms)
{
    Google__Rpc__RetryInfo *retry = google__rpc__retry_info__unpack(NULL, value->len, value->data);
    if (retry == NULL) {
        return;
    }
    const Google__Rpc__RetryInfo__Delay *delay = retry->retry_delay;
    if (delay != NULL && delay->seconds >= 0 && delay->nanos >= 0) {
        int64_t milliseconds = delay->seconds > RETRY_MAX_MS / 1000
                                   ? RETRY_MAX_MS
                                   : delay->seconds * 1000 + delay->nanos / 1000000;
        *retry_ms = (uint32_t)(milliseconds > RETRY_MAX_MS ? RETRY_MAX_MS : milliseconds);
    }
    google__rpc__retry_info__free_unpacked(retry, NULL);
}

static void read_detail(const Google__Protobuf__Any *any, struct problem *problem,
                        uint32_t *retry_ms)
{
    if (any->type_url == NULL) {
        return;
    }
    if (strcmp(any->type_url, ERROR_INFO) == 0) {
        read_reason(&any->value, problem);
    } else if (strcmp(any->type_url, BAD_REQUEST) == 0) {
        read_field(&any->value, problem);
    } else if (strcmp(any->type_url, RETRY_INFO) == 0) {
        read_retry(&any->value, retry_ms);
    }
}

status_t wire_details_read(struct span bytes, int *ret_code, struct problem *ret_problem,
                           uint32_t *ret_retry_ms)
{
    if (bytes.size > WIRE_DETAILS_MAX) {
        return STATUS_MALFORMED;
    }
    Google__Rpc__Status *status = google__rpc__status__unpack(NULL, bytes.size, bytes.data);
    if (status == NULL) {
        return STATUS_MALFORMED;
    }
    struct problem problem = {.status = status_from_grpc(status->code)};
    uint32_t retry_ms = 0;
    copy_text(status->message, problem.message, sizeof(problem.message));
    for (size_t i = 0; i < status->n_details; i++) {
        read_detail(status->details[i], &problem, &retry_ms);
    }
    *ret_code = status->code;
    google__rpc__status__free_unpacked(status, NULL);
    *ret_problem = problem;
    *ret_retry_ms = retry_ms;
    return STATUS_OK;
}

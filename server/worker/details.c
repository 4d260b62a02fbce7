#include "google/rpc/status.pb-c.h"
#include "server/worker/worker.h"

enum { DETAIL_MAX = 1024, RETRY_SECONDS = 1 };

static status_t pack(const ProtobufCMessage *message, struct buf *ret_bytes)
{
    uint8_t *place = buf_extend(ret_bytes, protobuf_c_message_get_packed_size(message));
    TRY(buf_status(ret_bytes));
    (void)protobuf_c_message_pack(message, place);
    return STATUS_OK;
}

/* Details being collected; the Any messages point into the bufs. */
struct details {
    Google__Protobuf__Any any[3];
    Google__Protobuf__Any *pointers[3];
    struct buf bytes[3];
    size_t count;
};

static status_t add(struct details *details, const char *type, const ProtobufCMessage *message)
{
    struct buf *bytes = &details->bytes[details->count];
    Google__Protobuf__Any *any = &details->any[details->count];
    buf_init(bytes, DETAIL_MAX);
    google__protobuf__any__init(any);
    details->pointers[details->count++] = any;
    TRY(pack(message, bytes));
    any->type_url = (char *)(uintptr_t)type; /* no const in protobuf-c; packing only reads */
    any->value.data = bytes->data;
    any->value.len = bytes->size;
    return STATUS_OK;
}

static status_t add_all(struct details *details, struct problem *copy)
{
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
    char domain[] = "mintmark";
    info.reason = copy->reason;
    info.domain = domain;
    TRY(add(details, "type.googleapis.com/google.rpc.ErrorInfo", &info.base));
    if (copy->field[0] != '\0') {
        Google__Rpc__BadRequest__FieldViolation violation =
            GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;
        Google__Rpc__BadRequest__FieldViolation *violations[] = {&violation};
        Google__Rpc__BadRequest request = GOOGLE__RPC__BAD_REQUEST__INIT;
        violation.field = copy->field;
        violation.description = copy->message;
        request.n_field_violations = 1;
        request.field_violations = violations;
        TRY(add(details, "type.googleapis.com/google.rpc.BadRequest", &request.base));
    }
    if (status_exit_code(copy->status) == status_exit_code(STATUS_UNAVAILABLE)) {
        Google__Rpc__RetryInfo__Delay delay = GOOGLE__RPC__RETRY_INFO__DELAY__INIT;
        Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;
        delay.seconds = RETRY_SECONDS;
        retry.retry_delay = &delay;
        TRY(add(details, "type.googleapis.com/google.rpc.RetryInfo", &retry.base));
    }
    return STATUS_OK;
}

status_t worker_details(const struct problem *problem, struct buf *ret_details)
{
    struct problem copy = *problem; /* protobuf-c wants char *, not const */
    struct details details = {0};
    status_t status = add_all(&details, &copy);
    if (status == STATUS_OK) {
        Google__Rpc__Status message = GOOGLE__RPC__STATUS__INIT;
        message.code = status_grpc_code(copy.status);
        message.message = copy.message;
        message.n_details = details.count;
        message.details = details.pointers;
        status = pack(&message.base, ret_details);
    }
    for (size_t i = 0; i < details.count; i++) {
        buf_done(&details.bytes[i]);
    }
    return status;
}

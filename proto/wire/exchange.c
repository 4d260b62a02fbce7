#include "proto/wire/exchange.h"

#include <stdlib.h>

/* The exchange of a stream, or NULL when the stream is not the current call's. */
static struct wire_exchange *exchange_of(void *user_data, int32_t stream_id)
{
    const struct wire_link *link = user_data;
    struct wire_exchange *exchange = link->owner;
    return exchange != NULL && exchange->stream_id == stream_id ? exchange : NULL;
}

static bool is_name(struct span name, const char *text)
{
    return span_equal(name, span_text(text));
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name_data,
                     size_t name_size, const uint8_t *value_data, size_t value_size, uint8_t flags,
                     void *user_data)
{
    (void)session;
    (void)flags;
    struct wire_exchange *exchange = exchange_of(user_data, frame->hd.stream_id);
    if (exchange == NULL) {
        return 0;
    }
    struct span name = span_make(name_data, name_size);
    struct span value = span_make(value_data, value_size);
    if (is_name(name, ":status")) { /* nghttp2 has checked that it is three digits */
        exchange->http_status =
            (value.data[0] - '0') * 100 + (value.data[1] - '0') * 10 + (value.data[2] - '0');
    } else if (is_name(name, "content-type")) {
        exchange->content_type_fits = wire_grpc_content_type_fits(value);
    } else if (is_name(name, "grpc-status")) {
        if (wire_grpc_status_parse(value, &exchange->grpc_status) != STATUS_OK) {
            exchange->grpc_status = status_grpc_code(STATUS_UNKNOWN);
        }
    } else if (is_name(name, "grpc-message")) {
        wire_grpc_message_decode(value, exchange->message, sizeof(exchange->message));
    } else if (is_name(name, "grpc-status-details-bin")) {
        buf_clear(&exchange->details);
        if (wire_grpc_binary_decode(value, &exchange->details) != STATUS_OK) {
            buf_clear(&exchange->details); /* the plain status still holds */
        }
    } else if (is_name(name, "grpc-encoding")) {
        exchange->deframer.other_encoding = !is_name(value, "identity");
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t size, void *user_data)
{
    (void)flags;
    struct wire_exchange *exchange = exchange_of(user_data, stream_id);
    if (exchange == NULL || exchange->refusal.status != STATUS_OK) {
        return 0;
    }
    if (!exchange->content_type_fits || exchange->http_status != 200) {
        return 0; /* an error page of something that is no gRPC server */
    }
    status_t status =
        wire_deframer_push(&exchange->deframer, span_make(data, size), &exchange->refusal);
    if (status != STATUS_OK) {
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_CANCEL);
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code,
                    void *user_data)
{
    (void)session;
    struct wire_exchange *exchange = exchange_of(user_data, stream_id);
    if (exchange != NULL) {
        exchange->closed = true;
        exchange->http2_error = error_code;
        exchange->unprocessed = error_code == NGHTTP2_REFUSED_STREAM;
    }
    return 0;
}

static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error_code,
                       void *user_data)
{
    (void)session;
    (void)error_code; /* GOAWAY came first, or streams are used up: nothing reached the server */
    struct wire_exchange *exchange = exchange_of(user_data, frame->hd.stream_id);
    if (exchange != NULL && frame->hd.type == NGHTTP2_HEADERS) {
        exchange->closed = true;
        exchange->http2_error = NGHTTP2_REFUSED_STREAM;
        exchange->unprocessed = true;
    }
    return 0;
}

static status_t submit_settings(nghttp2_session *session)
{
    enum { WINDOW = 1 << 20 }; /* an image set in few round trips */
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 8192},
    };
    return nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 3) == 0 &&
                   nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                                         4 * WINDOW) == 0
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

status_t wire_exchange_session(struct wire_link *link)
{
    nghttp2_session_callbacks *callbacks = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return STATUS_NO_MEMORY;
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, wire_body_send);
    int result = nghttp2_session_client_new(&link->session, callbacks, link);
    nghttp2_session_callbacks_del(callbacks);
    return result == 0 ? submit_settings(link->session) : STATUS_NO_MEMORY;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    union {
        const char *read;
        uint8_t *write; /* nghttp2 takes non-const pointers and copies what they show */
    } n = {.read = name}, v = {.read = value};
    return (nghttp2_nv){n.write, v.write, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

status_t wire_exchange_start(struct wire_exchange *exchange, struct wire_link *link,
                             const struct wire_request *request, struct buf *ret_message)
{
    *exchange = (struct wire_exchange){.grpc_status = -1};
    buf_init(&exchange->details, WIRE_DETAILS_MAX);
    wire_deframer_init(&exchange->deframer, ret_message, WIRE_EXCHANGE_MESSAGE_MAX);
    wire_body_set(&exchange->body, request->message, true);
    char timeout[WIRE_GRPC_TIMEOUT_MAX];
    wire_grpc_timeout_print(request->timeout_ms, timeout);
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),       pair(":scheme", "https"),
        pair(":path", request->path),  pair(":authority", request->authority),
        pair("te", "trailers"),        pair("content-type", "application/grpc+proto"),
        pair("grpc-timeout", timeout), pair("user-agent", "mintmark/" MINTMARK_VERSION),
    };
    const nghttp2_data_provider provider = {{.ptr = &exchange->body}, wire_body_read};
    exchange->stream_id = nghttp2_submit_request(
        link->session, NULL, headers, sizeof(headers) / sizeof(headers[0]), &provider, NULL);
    if (exchange->stream_id < 0) {
        return STATUS_UNAVAILABLE; /* stream ids used up: a new connection helps */
    }
    link->owner = exchange;
    return STATUS_OK;
}

void wire_exchange_done(struct wire_exchange *exchange)
{
    buf_done(&exchange->details);
}

/* A whole gRPC answer: its status, with the details when they agree with it. */
static status_t grpc_result(const struct wire_exchange *exchange, uint32_t *retry_ms,
                            struct problem *problem)
{
    struct problem told = {0};
    int code = -1;
    if (wire_details_read(buf_span(&exchange->details), &code, &told, retry_ms) != STATUS_OK ||
        code != exchange->grpc_status) {
        told = (struct problem){0};
        *retry_ms = 0;
    }
    const char *message = exchange->message[0] != '\0' ? exchange->message : told.message;
    status_t status = status_from_grpc(exchange->grpc_status);
    return problem_say(problem, status, told.reason, told.field, "%s",
                       message[0] != '\0' ? message : status_text(status));
}

/* The stream ended without a grpc-status (SPEC.md §5). */
static status_t transport_result(const struct wire_exchange *exchange, struct problem *problem)
{
    if (exchange->unprocessed) {
        return problem_say(problem, STATUS_UNAVAILABLE, "CALL_NOT_PROCESSED", "",
                           "the server did not take the call: it is full or being restarted");
    }
    if (exchange->http2_error != NGHTTP2_NO_ERROR) {
        int code = wire_grpc_code_of_reset(exchange->http2_error);
        return problem_say(problem, status_from_grpc(code), "STREAM_RESET", "",
                           "the server reset the call: %s",
                           nghttp2_http2_strerror(exchange->http2_error));
    }
    int code = exchange->http_status == 200 ? status_grpc_code(STATUS_UNKNOWN)
                                            : wire_grpc_code_of_http(exchange->http_status);
    return problem_say(problem, status_from_grpc(code), "NOT_GRPC", "",
                       "HTTP status %d without a grpc-status: is this a Mintmark server?",
                       exchange->http_status);
}

status_t wire_exchange_result(struct wire_exchange *exchange, uint32_t *ret_retry_ms,
                              struct problem *problem)
{
    *ret_retry_ms = 0;
    if (exchange->refusal.status != STATUS_OK) {
        if (problem != NULL) {
            *problem = exchange->refusal;
        }
        return exchange->refusal.status;
    }
    if (exchange->grpc_status == 0) {
        return wire_deframer_end(&exchange->deframer, problem);
    }
    status_t status = exchange->grpc_status > 0 ? grpc_result(exchange, ret_retry_ms, problem)
                                                : transport_result(exchange, problem);
    if (status == STATUS_UNAVAILABLE && *ret_retry_ms == 0) {
        *ret_retry_ms = WIRE_EXCHANGE_RETRY_MS;
    }
    return status;
}

#include "server/front/session.h"

#include "server/front/answer.h"
#include "server/front/call.h"
#include "server/front/guard.h"
#include "server/front/log.h"
#include "server/front/request.h"
#include "server/front/share.h"

/* A client that is told to calm down gets no second chance on this connection. */
static void calm(struct front_connection *connection, nghttp2_session *session, const char *why)
{
    if (!connection->calmed) {
        connection->calmed = true;
        front_log_event(LOG_LEVEL_WARNING, "flood", "why", why);
        (void)nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

static struct front_connection *connection_of(void *user_data)
{
    const struct wire_link *link = user_data;
    return front_connection_from(link->owner);
}

/* NULL for streams that never became a call. */
static struct front_call *call_of(nghttp2_session *session, int32_t stream_id)
{
    void *pointer = nghttp2_session_get_stream_user_data(session, stream_id);
    return pointer == NULL ? NULL : front_call_from(pointer);
}

/* Frames that carry no call are charged as they begin; HEADERS and DATA with bytes are not. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *header, void *user_data)
{
    struct front_connection *connection = connection_of(user_data);
    bool useful = header->type == NGHTTP2_HEADERS || header->type == NGHTTP2_CONTINUATION ||
                  (header->type == NGHTTP2_DATA &&
                   (header->length > 0 || (header->flags & NGHTTP2_FLAG_END_STREAM) != 0));
    if (!useful && !front_guard_take(&connection->useless, &FRONT_BUDGET_USELESS, front_now_us())) {
        calm(connection, session, "useless frames");
    }
    return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct front_connection *connection = connection_of(user_data);
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0; /* a client's trailers: nothing in them is ours */
    }
    struct front_call *call = front_call_new(connection, frame->hd.stream_id);
    if (call == NULL) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    (void)flags;
    (void)user_data;
    struct front_call *call = call_of(session, frame->hd.stream_id);
    if (call == NULL || call->state != CALL_OPENING) {
        return 0;
    }
    return front_request_header(call, span_make(name, name_size), span_make(value, value_size))
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_frame_received(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct front_connection *connection = connection_of(user_data);
    bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame->hd.type == NGHTTP2_SETTINGS && !ack) {
        connection->greeted = true;
    } else if (frame->hd.type == NGHTTP2_PING && ack && connection->drain == DRAIN_ANNOUNCED) {
        front_session_end(connection);
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    struct front_call *call = call_of(session, frame->hd.stream_id);
    if (call == NULL) {
        return 0;
    }
    if (call->state == CALL_OPENING) {
        front_request_headers_end(call);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        front_call_request_end(call);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t size, void *user_data)
{
    (void)flags;
    (void)user_data;
    struct front_call *call = call_of(session, stream_id);
    if (call != NULL) {
        front_call_data(call, span_make(data, size));
    }
    return 0;
}

/* The last frame of an answer: a request still coming in is told to stop, after the trailers and
 * with NO_ERROR (RFC 9113 §8.1). */
static void answer_sent(nghttp2_session *session, struct front_call *call)
{
    call->delivered = true;
    if (!call->request_ended) {
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call->stream_id,
                                        NGHTTP2_NO_ERROR);
    }
}

static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct front_connection *connection = connection_of(user_data);
    if (frame->hd.type == NGHTTP2_RST_STREAM &&
        !front_guard_take(&connection->resets, &FRONT_BUDGET_RESETS, front_now_us())) {
        calm(connection, session, "stream resets");
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    front_guard_give(&connection->useless, &FRONT_BUDGET_USELESS);
    struct front_call *call = call_of(session, frame->hd.stream_id);
    if (call != NULL && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        answer_sent(session, call);
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code,
                           void *user_data)
{
    (void)error_code;
    (void)user_data;
    struct front_call *call = call_of(session, stream_id);
    if (call != NULL) {
        front_call_free(call);
    }
    return 0;
}

/* Unknown frames are ignored (RFC 9113 §4.1), but not unseen: nghttp2 announces only those frames
 * to on_begin_frame that somebody claims to understand. */
static int on_unknown_frame(nghttp2_session *session, void **payload,
                            const nghttp2_frame_hd *header, void *user_data)
{
    (void)session;
    (void)payload;
    (void)header;
    (void)user_data;
    return NGHTTP2_ERR_CANCEL;
}

static void set_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, wire_body_send);
    nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, on_unknown_frame);
}

static void set_options(nghttp2_option *option)
{
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_stream_reset_rate_limit(option, 200, 20); /* rapid reset */
    nghttp2_option_set_max_outbound_ack(option, FRONT_OUTBOUND_MAX);
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= UINT8_MAX; type++) {
        nghttp2_option_set_user_recv_extension_type(option, (uint8_t)type);
    }
}

static int submit_settings(nghttp2_session *session)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, FRONT_STREAMS_MAX},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, FRONT_HEADER_LIST_MAX},
    };
    return nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
}

status_t front_session_open(struct front_connection *connection)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    TRY(front_share_join(connection));
    status_t status = STATUS_NO_MEMORY;
    if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0) {
        set_callbacks(callbacks);
        set_options(option);
        if (nghttp2_session_server_new2(&connection->link.session, callbacks, &connection->link,
                                        option) == 0 &&
            submit_settings(connection->link.session) == 0) {
            status = STATUS_OK;
        }
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return status;
}

void front_session_announce_end(struct front_connection *connection)
{
    connection->drain = DRAIN_ANNOUNCED;
    connection->drain_us = front_now_us();
    (void)nghttp2_submit_shutdown_notice(connection->link.session);
    (void)nghttp2_submit_ping(connection->link.session, NGHTTP2_FLAG_NONE, NULL);
    front_connection_flush_soon(connection);
}

void front_session_end(struct front_connection *connection)
{
    nghttp2_session *session = connection->link.session;
    connection->drain = DRAIN_LAST;
    (void)nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR,
                                NULL, 0);
    front_connection_flush_soon(connection);
}

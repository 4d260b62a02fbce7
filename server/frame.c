#include "server/frame.h"

status_t frame_write_call(const struct frame_call *call, struct buf *ret_bytes)
{
    if (call->identity.size > FRAME_IDENTITY_MAX || call->message.size > FRAME_CALL_MESSAGE_MAX) {
        return STATUS_TOO_LARGE;
    }
    buf_append_le32(ret_bytes, FRAME_CALL_MAGIC);
    buf_append_byte(ret_bytes, FRAME_VERSION);
    buf_append_byte(ret_bytes, call->listener);
    buf_append_le16(ret_bytes, call->method);
    buf_append_le64(ret_bytes, call->call_id);
    buf_append_le64(ret_bytes, call->deadline_ms);
    buf_append_le16(ret_bytes, (uint16_t)call->identity.size);
    buf_append_le32(ret_bytes, (uint32_t)call->message.size);
    buf_append(ret_bytes, call->spki_sha256, sizeof(call->spki_sha256));
    buf_append_span(ret_bytes, call->identity);
    buf_append_span(ret_bytes, call->message);
    return buf_status(ret_bytes);
}

status_t frame_read_call(struct span bytes, struct frame_call *ret_call, size_t *ret_size)
{
    *ret_size = 0;
    if (bytes.size < FRAME_CALL_HEADER) {
        return STATUS_OK;
    }
    const uint8_t *p = bytes.data;
    size_t identity_size = read_le16(p + 24);
    size_t message_size = read_le32(p + 26);
    if (read_le32(p) != FRAME_CALL_MAGIC || p[4] != FRAME_VERSION ||
        identity_size > FRAME_IDENTITY_MAX || message_size > FRAME_CALL_MESSAGE_MAX) {
        return STATUS_MALFORMED;
    }
    size_t size = FRAME_CALL_HEADER + identity_size + message_size;
    if (bytes.size < size) {
        return STATUS_OK;
    }
    *ret_call = (struct frame_call){
        .listener = p[5],
        .method = read_le16(p + 6),
        .call_id = read_le64(p + 8),
        .deadline_ms = read_le64(p + 16),
        .identity = span_make(p + FRAME_CALL_HEADER, identity_size),
        .message = span_make(p + FRAME_CALL_HEADER + identity_size, message_size),
    };
    memcpy(ret_call->spki_sha256, p + 30, sizeof(ret_call->spki_sha256));
    *ret_size = size;
    return STATUS_OK;
}

status_t frame_write_answer(const struct frame_answer *answer, struct buf *ret_bytes)
{
    if (answer->reason.size > FRAME_REASON_MAX || answer->details.size > FRAME_DETAILS_MAX ||
        answer->message.size > FRAME_ANSWER_MESSAGE_MAX) {
        return STATUS_TOO_LARGE;
    }
    buf_append_le32(ret_bytes, FRAME_ANSWER_MAGIC);
    buf_append_byte(ret_bytes, FRAME_VERSION);
    buf_append_byte(ret_bytes, answer->grpc_code);
    buf_append_le16(ret_bytes, (uint16_t)answer->details.size);
    buf_append_le64(ret_bytes, answer->call_id);
    buf_append_le16(ret_bytes, (uint16_t)answer->reason.size);
    buf_append_le16(ret_bytes, 0);
    buf_append_le32(ret_bytes, (uint32_t)answer->message.size);
    for (int i = 0; i < FRAME_PHASES; i++) {
        buf_append_le32(ret_bytes, answer->phase_us[i]);
    }
    buf_append_span(ret_bytes, answer->reason);
    buf_append_span(ret_bytes, answer->details);
    buf_append_span(ret_bytes, answer->message);
    return buf_status(ret_bytes);
}

status_t frame_answer_size(struct span header, size_t *ret_size)
{
    if (header.size < FRAME_ANSWER_HEADER) {
        return STATUS_MALFORMED;
    }
    const uint8_t *p = header.data;
    size_t details_size = read_le16(p + 6);
    size_t reason_size = read_le16(p + 16);
    size_t message_size = read_le32(p + 20);
    if (read_le32(p) != FRAME_ANSWER_MAGIC || p[4] != FRAME_VERSION || p[5] > 16 ||
        details_size > FRAME_DETAILS_MAX || reason_size > FRAME_REASON_MAX ||
        message_size > FRAME_ANSWER_MESSAGE_MAX || read_le16(p + 18) != 0) {
        return STATUS_MALFORMED;
    }
    *ret_size = FRAME_ANSWER_HEADER + reason_size + details_size + message_size;
    return STATUS_OK;
}

status_t frame_read_answer(struct span bytes, struct frame_answer *ret_answer, size_t *ret_size)
{
    *ret_size = 0;
    if (bytes.size < FRAME_ANSWER_HEADER) {
        return STATUS_OK;
    }
    size_t size = 0;
    TRY(frame_answer_size(bytes, &size));
    if (bytes.size < size) {
        return STATUS_OK;
    }
    const uint8_t *p = bytes.data;
    size_t details_size = read_le16(p + 6);
    size_t reason_size = read_le16(p + 16);
    const uint8_t *tail = p + FRAME_ANSWER_HEADER;
    *ret_answer = (struct frame_answer){
        .grpc_code = p[5],
        .call_id = read_le64(p + 8),
        .reason = span_make(tail, reason_size),
        .details = span_make(tail + reason_size, details_size),
        .message = span_make(tail + reason_size + details_size, read_le32(p + 20)),
    };
    for (int i = 0; i < FRAME_PHASES; i++) {
        ret_answer->phase_us[i] = read_le32(p + 24 + (size_t)i * 4);
    }
    *ret_size = size;
    return STATUS_OK;
}

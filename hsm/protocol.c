#include "hsm/protocol.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static size_t limit_of(unsigned kind)
{
    switch (kind) {
    case HSM_CALL_SIGN_DAC:
    case HSM_CALL_DERIVE_KEY:
    case HSM_CALL_REPORT:
    case HSM_CALL_SIGN_IDENTITY:
    case HSM_CALL_SIGN_CHECKPOINT:
        return HSM_PROTOCOL_CALL_MAX;
    case HSM_CALL_SIGN_CRL:
        return HSM_PROTOCOL_CRL_MAX;
    case HSM_ANSWER_HELLO:
    case HSM_ANSWER_OK:
    case HSM_ANSWER_PROBLEM:
        return HSM_PROTOCOL_ANSWER_MAX;
    default:
        return 0;
    }
}

status_t hsm_protocol_write_header(enum hsm_kind kind, size_t payload_size, struct buf *ret_frame)
{
    if (payload_size > limit_of(kind)) {
        return STATUS_TOO_LARGE;
    }
    buf_append_le32(ret_frame, HSM_PROTOCOL_MAGIC);
    buf_append_byte(ret_frame, HSM_PROTOCOL_VERSION);
    buf_append_byte(ret_frame, (uint8_t)kind);
    buf_append_le16(ret_frame, 0);
    buf_append_le32(ret_frame, (uint32_t)payload_size);
    return buf_status(ret_frame);
}

status_t hsm_protocol_read_header(const uint8_t header[static HSM_PROTOCOL_HEADER],
                                  enum hsm_kind *ret_kind, size_t *ret_payload_size)
{
    size_t limit = limit_of(header[5]);
    size_t size = read_le32(header + 8);
    if (read_le32(header) != HSM_PROTOCOL_MAGIC || header[4] != HSM_PROTOCOL_VERSION ||
        read_le16(header + 6) != 0 || limit == 0 || size > limit) {
        return STATUS_MALFORMED;
    }
    *ret_kind = (enum hsm_kind)header[5];
    *ret_payload_size = size;
    return STATUS_OK;
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

status_t hsm_protocol_write_sign(const char *name, struct span tbs, struct buf *ret_payload)
{
    size_t size = strlen(name);
    if (size == 0 || size > HSM_PROTOCOL_NAME_MAX || tbs.size == 0) {
        return STATUS_INVALID;
    }
    buf_append_byte(ret_payload, (uint8_t)size);
    buf_append(ret_payload, name, size);
    buf_append_span(ret_payload, tbs);
    return buf_status(ret_payload);
}

status_t hsm_protocol_read_sign(struct span payload, struct span *ret_name, struct span *ret_tbs)
{
    size_t size = payload.size > 0 ? payload.data[0] : 0;
    if (size == 0 || size > HSM_PROTOCOL_NAME_MAX || payload.size <= 1 + size) {
        return STATUS_MALFORMED;
    }
    struct span name = span_make(payload.data + 1, size);
    if (!is_printable(name)) {
        return STATUS_MALFORMED;
    }
    *ret_name = name;
    *ret_tbs = span_make(payload.data + 1 + size, payload.size - 1 - size);
    return STATUS_OK;
}

status_t hsm_protocol_write_sign_crl(uint32_t last, const char *name, struct span tbs,
                                     struct buf *ret_payload)
{
    buf_append_le32(ret_payload, last);
    return hsm_protocol_write_sign(name, tbs, ret_payload);
}

status_t hsm_protocol_read_sign_crl(struct span payload, uint32_t *ret_last, struct span *ret_name,
                                    struct span *ret_tbs)
{
    enum { LAST_SIZE = 4 };
    if (payload.size < LAST_SIZE) {
        return STATUS_MALFORMED;
    }
    TRY(hsm_protocol_read_sign(span_make(payload.data + LAST_SIZE, payload.size - LAST_SIZE),
                               ret_name, ret_tbs));
    *ret_last = read_le32(payload.data);
    return STATUS_OK;
}

enum { CHECKPOINT_HEADER = 9 };

status_t hsm_protocol_write_checkpoint(const struct hsm_checkpoint_call *call,
                                       struct buf *ret_payload)
{
    buf_append_le64(ret_payload, call->old_size);
    buf_append_byte(ret_payload, (uint8_t)call->proof.count);
    buf_append(ret_payload, call->proof.hashes, call->proof.count * SHA256_SIZE);
    return tlog_checkpoint_write(&call->checkpoint, ret_payload);
}

status_t hsm_protocol_read_checkpoint(struct span payload, struct hsm_checkpoint_call *ret_call)
{
    struct hsm_checkpoint_call call = {0};
    if (payload.size < CHECKPOINT_HEADER || payload.data[8] > TLOG_PROOF_MAX) {
        return STATUS_MALFORMED;
    }
    call.old_size = read_le64(payload.data);
    call.proof.count = payload.data[8];
    size_t hashes = call.proof.count * SHA256_SIZE;
    if (payload.size - CHECKPOINT_HEADER < hashes) {
        return STATUS_MALFORMED;
    }
    memcpy(call.proof.hashes, payload.data + CHECKPOINT_HEADER, hashes);
    TRY(tlog_checkpoint_read(span_make(payload.data + CHECKPOINT_HEADER + hashes,
                                       payload.size - CHECKPOINT_HEADER - hashes),
                             &call.checkpoint, NULL));
    *ret_call = call;
    return STATUS_OK;
}

status_t hsm_protocol_write_problem(const struct problem *problem, bool last,
                                    struct buf *ret_payload)
{
    size_t reason = strnlen(problem->reason, PROBLEM_REASON_MAX - 1);
    size_t field = strnlen(problem->field, PROBLEM_FIELD_MAX - 1);
    size_t message = strnlen(problem->message, PROBLEM_MESSAGE_MAX - 1);
    buf_append_byte(ret_payload, (uint8_t)problem->status);
    buf_append_byte(ret_payload, last ? 1 : 0);
    buf_append_byte(ret_payload, (uint8_t)reason);
    buf_append_byte(ret_payload, (uint8_t)field);
    buf_append_le16(ret_payload, (uint16_t)message);
    buf_append_le16(ret_payload, 0);
    buf_append(ret_payload, problem->reason, reason);
    buf_append(ret_payload, problem->field, field);
    buf_append(ret_payload, problem->message, message);
    return buf_status(ret_payload);
}

/* Takes `size` bytes of *rest as text into `text`, which has `room` places. */
static status_t take_text(struct span *rest, size_t size, char *text, size_t room)
{
    if (size >= room || size > rest->size || !is_printable(span_make(rest->data, size))) {
        return STATUS_MALFORMED;
    }
    if (size > 0) {
        memcpy(text, rest->data, size);
    }
    text[size] = '\0';
    *rest = span_make(rest->data + size, rest->size - size);
    return STATUS_OK;
}

status_t hsm_protocol_read_problem(struct span payload, struct problem *ret_problem, bool *ret_last)
{
    const uint8_t *head = payload.data;
    if (payload.size < HSM_PROTOCOL_PROBLEM_HEADER || head[0] == STATUS_OK ||
        head[0] >= STATUS_COUNT || head[1] > 1 || read_le16(head + 6) != 0) {
        return STATUS_MALFORMED;
    }
    struct problem problem = {.status = (status_t)head[0]};
    struct span rest =
        span_make(head + HSM_PROTOCOL_PROBLEM_HEADER, payload.size - HSM_PROTOCOL_PROBLEM_HEADER);
    TRY(take_text(&rest, head[2], problem.reason, sizeof(problem.reason)));
    TRY(take_text(&rest, head[3], problem.field, sizeof(problem.field)));
    TRY(take_text(&rest, read_le16(head + 4), problem.message, sizeof(problem.message)));
    if (rest.size != 0) {
        return STATUS_MALFORMED;
    }
    *ret_problem = problem;
    *ret_last = head[1] == 1;
    return STATUS_OK;
}

/* Drops the first `size` bytes of the parts. */
static void advance(struct iovec parts[static 2], size_t size)
{
    for (int i = 0; i < 2; i++) {
        size_t step = size < parts[i].iov_len ? size : parts[i].iov_len;
        parts[i].iov_base = (uint8_t *)parts[i].iov_base + step;
        parts[i].iov_len -= step;
        size -= step;
    }
}

static status_t send_parts(int socket, struct iovec parts[static 2])
{
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t put = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return STATUS_UNAVAILABLE;
        }
        advance(parts, (size_t)put);
    }
    return STATUS_OK;
}

status_t hsm_protocol_send(int socket, enum hsm_kind kind, struct span payload)
{
    AUTO(buf_done) struct buf header = {0};
    buf_init(&header, HSM_PROTOCOL_HEADER);
    TRY(hsm_protocol_write_header(kind, payload.size, &header));
    const union { /* iov_base is not const because reading uses the same struct */
        const void *in;
        void *out;
    } base = {.in = payload.data};
    struct iovec parts[2] = {{header.data, header.size}, {base.out, payload.size}};
    return send_parts(socket, parts);
}

static status_t receive_exactly(int socket, uint8_t *place, size_t size)
{
    while (size > 0) {
        ssize_t got = recv(socket, place, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return STATUS_UNAVAILABLE;
        }
        place += got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

status_t hsm_protocol_receive(int socket, enum hsm_kind *ret_kind, struct buf *ret_payload)
{
    uint8_t header[HSM_PROTOCOL_HEADER];
    TRY(receive_exactly(socket, header, sizeof(header)));
    enum hsm_kind kind = HSM_ANSWER_PROBLEM;
    size_t size = 0;
    TRY(hsm_protocol_read_header(header, &kind, &size));
    buf_clear(ret_payload);
    if (size > 0) {
        uint8_t *place = buf_extend(ret_payload, size);
        if (place == NULL) {
            return STATUS_MALFORMED; /* beyond what this end accepts */
        }
        TRY(receive_exactly(socket, place, size));
    }
    *ret_kind = kind;
    return STATUS_OK;
}

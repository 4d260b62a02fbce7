/* Frames between worker and signer: header, then the payload as each kind reads it. What was read
 * must be written back to the same bytes. */
#include <assert.h>

#include "hsm/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sign(struct span payload)
{
    struct span name;
    struct span tbs;
    if (hsm_protocol_read_sign(payload, &name, &tbs) != STATUS_OK) {
        return;
    }
    char text[HSM_PROTOCOL_NAME_MAX + 1] = {0};
    memcpy(text, name.data, name.size);
    AUTO(buf_done) struct buf again = {0};
    buf_init(&again, HSM_PROTOCOL_CALL_MAX);
    if (hsm_protocol_write_sign(text, tbs, &again) == STATUS_OK) {
        assert(span_equal(buf_span(&again), payload));
    }
}

static void check_sign_crl(struct span payload)
{
    uint32_t last = 0;
    struct span name;
    struct span tbs;
    if (hsm_protocol_read_sign_crl(payload, &last, &name, &tbs) == STATUS_OK) {
        assert(last == read_le32(payload.data));
        assert(name.size + tbs.size + 5 == payload.size);
    }
}

static void check_checkpoint(struct span payload)
{
    struct hsm_checkpoint_call call;
    if (hsm_protocol_read_checkpoint(payload, &call) != STATUS_OK) {
        return;
    }
    AUTO(buf_done) struct buf again = {0};
    buf_init(&again, HSM_PROTOCOL_CALL_MAX);
    status_t status = hsm_protocol_write_checkpoint(&call, &again);
    assert(status == STATUS_OK && span_equal(buf_span(&again), payload));
    (void)status;
}

static void check_problem(struct span payload)
{
    struct problem problem;
    bool last = false;
    if (hsm_protocol_read_problem(payload, &problem, &last) != STATUS_OK) {
        return;
    }
    AUTO(buf_done) struct buf again = {0};
    buf_init(&again, HSM_PROTOCOL_ANSWER_MAX);
    status_t status = hsm_protocol_write_problem(&problem, last, &again);
    assert(status == STATUS_OK && span_equal(buf_span(&again), payload));
    (void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum hsm_kind kind = HSM_CALL_REPORT;
    size_t payload_size = 0;
    if (size < HSM_PROTOCOL_HEADER ||
        hsm_protocol_read_header(data, &kind, &payload_size) != STATUS_OK) {
        return 0;
    }
    AUTO(buf_done) struct buf header = {0};
    buf_init(&header, HSM_PROTOCOL_HEADER);
    status_t status = hsm_protocol_write_header(kind, payload_size, &header);
    assert(status == STATUS_OK && memcmp(header.data, data, HSM_PROTOCOL_HEADER) == 0);
    (void)status;
    struct span payload = span_make(data + HSM_PROTOCOL_HEADER, size - HSM_PROTOCOL_HEADER);
    check_sign(payload);
    check_sign_crl(payload);
    check_checkpoint(payload);
    check_problem(payload);
    return 0;
}

/* What a server's trailers can hold: grpc-status-details-bin, grpc-message, grpc-timeout. */
#include "proto/wire/details.h"
#include "proto/wire/grpc.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_details(struct span bytes)
{
    struct problem problem = {0};
    uint32_t retry_ms = 0;
    int code = 0;
    if (wire_details_read(bytes, &code, &problem, &retry_ms) != STATUS_OK) {
        return;
    }
    struct buf again;
    buf_init(&again, WIRE_DETAILS_MAX);
    problem.status = STATUS_REFUSED;
    if (wire_details_write(&problem, retry_ms, &again) != STATUS_OK ||
        wire_details_read(buf_span(&again), &code, &problem, &retry_ms) != STATUS_OK ||
        code != status_grpc_code(STATUS_REFUSED)) {
        abort(); /* what was read can be written and read again */
    }
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_make(data, size);
    char text[PROBLEM_MESSAGE_MAX];
    uint64_t us = 0;
    int code = 0;
    struct buf bytes;
    buf_init(&bytes, WIRE_DETAILS_MAX);
    read_details(input);
    if (wire_grpc_binary_decode(input, &bytes) == STATUS_OK) {
        read_details(buf_span(&bytes));
    }
    buf_done(&bytes);
    wire_grpc_message_decode(input, text, sizeof(text));
    status_t timeout = wire_grpc_timeout_parse(input, &us);
    status_t status = wire_grpc_status_parse(input, &code);
    return timeout == STATUS_OK && status == STATUS_OK ? -1 : 0; /* no text is both */
}

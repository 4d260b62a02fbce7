/* Both frames of the front-worker socket: whatever is read fits its limits and its bytes. */
#include <assert.h>

#include "server/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct span part, struct span whole)
{
    assert(part.size <= whole.size && part.data >= whole.data &&
           part.data + part.size <= whole.data + whole.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_make(data, size);
    struct frame_call call;
    struct frame_answer answer;
    size_t taken = 0;
    if (frame_read_call(bytes, &call, &taken) == STATUS_OK && taken > 0) {
        struct buf again;
        assert(taken <= size);
        assert_inside(call.identity, bytes);
        assert_inside(call.message, bytes);
        buf_init(&again, size);
        assert(frame_write_call(&call, &again) == STATUS_OK);
        assert(span_equal(buf_span(&again), span_make(data, taken)));
        buf_done(&again);
    }
    if (frame_read_answer(bytes, &answer, &taken) == STATUS_OK && taken > 0) {
        assert(taken <= size && answer.grpc_code <= 16);
        assert_inside(answer.reason, bytes);
        assert_inside(answer.details, bytes);
        assert_inside(answer.message, bytes);
    }
    return 0;
}

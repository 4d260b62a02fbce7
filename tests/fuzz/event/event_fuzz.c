/* Any bytes as an entry of the log: what is accepted is what the writer makes of it. */
#include <assert.h>

#include "lib/event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event event;
    struct problem problem = {0};
    AUTO(buf_done) struct buf again;
    buf_init(&again, EVENT_MAX);
    if (event_read(span_make(data, size), &event, &problem) == STATUS_OK) {
        status_t status = event_write(&event, &again, &problem);
        assert(status == STATUS_OK && span_equal(buf_span(&again), span_make(data, size)));
    } else {
        assert(strncmp(problem.reason, "EVENT_", 6) == 0);
    }
    return 0;
}

/* The client's call against the bytes of any server, below TLS. */
#include "proto/wire/exchange.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct wire_link *link, struct span input)
{
    static const struct wire_request request = {"localhost", "/s/m", {(const uint8_t *)"hi", 2}, 9};
    struct wire_exchange exchange = {0};
    struct problem problem = {0};
    uint32_t retry_ms = 0;
    struct buf message;
    buf_init(&message, WIRE_EXCHANGE_MESSAGE_MAX);
    if (wire_exchange_session(link) == STATUS_OK &&
        wire_exchange_start(&exchange, link, &request, &message) == STATUS_OK) {
        while (wire_link_gather(link) == STATUS_OK && link->scratch->used > 0) {
            wire_link_wipe_scratch(link);
        }
        if (wire_link_feed(link, input) == STATUS_OK && exchange.closed) {
            status_t status = wire_exchange_result(&exchange, &retry_ms, &problem);
            if (status != STATUS_OK && problem.message[0] == '\0') {
                abort(); /* every failure says something */
            }
        }
    }
    wire_exchange_done(&exchange);
    buf_done(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_scratch scratch = {0};
    struct wire_link link;
    if (wire_scratch_init(&scratch) != STATUS_OK) {
        abort();
    }
    wire_link_init(&link, NULL, &scratch, NULL);
    run(&link, span_make(data, size));
    wire_link_done(&link);
    wire_scratch_done(&scratch);
    return 0;
}

/* A client's bytes below TLS against the front's session, calls, queue and a worker that echoes.
 * The first input byte says how the rest is cut: that many bytes, plus one, at a time. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/frame.h"
#include "server/front/connection.h"
#include "server/front/worker.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send_answer(int worker, const struct frame_answer *answer)
{
    struct buf frame;
    buf_init(&frame, 2 * FRAME_CALL_MESSAGE_MAX);
    if (frame_write_answer(answer, &frame) != STATUS_OK ||
        send(worker, frame.data, frame.size, 0) != (ssize_t)frame.size) {
        abort();
    }
    buf_done(&frame);
}

/* The calls that reached the worker are answered with their own message. */
static void work(struct front *front, int worker)
{
    uint8_t bytes[FRAME_CALL_MESSAGE_MAX];
    for (ssize_t got = 0; got >= 0;) {
        struct frame_call call;
        size_t size = 0;
        (void)event_base_loop(front->base, EVLOOP_NONBLOCK);
        got = recv(worker, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (got <= 0) {
            return;
        }
        if (frame_read_call(span_make(bytes, (size_t)got), &call, &size) != STATUS_OK ||
            size != (size_t)got) {
            abort(); /* one whole frame at a time */
        }
        const struct frame_answer answer = {.call_id = call.call_id, .message = call.message};
        send_answer(worker, &answer);
    }
}

static void drain(struct front_connection *connection)
{
    while (wire_link_gather(&connection->link) == STATUS_OK && connection->link.scratch->used > 0) {
        wire_link_wipe_scratch(&connection->link);
    }
    wire_link_wipe_scratch(&connection->link);
}

static void feed(struct front *front, struct front_connection *connection, int worker,
                 struct span input)
{
    size_t step = input.size > 0 ? (size_t)input.data[0] + 1 : 1;
    for (size_t place = 1; place < input.size; place += step) {
        size_t left = input.size - place;
        struct span piece = span_make(input.data + place, left < step ? left : step);
        if (wire_link_feed(&connection->link, piece) != STATUS_OK) {
            return;
        }
        drain(connection);
        work(front, worker);
        drain(connection);
    }
}

static void run(struct front *front, struct span input)
{
    static const struct frame_answer hello = {0};
    struct front_connection *connection = NULL;
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0 ||
        front_worker_add(front, sockets[0]) != STATUS_OK ||
        front_connection_new_bare(front, &connection) != STATUS_OK) {
        abort();
    }
    send_answer(sockets[1], &hello);
    (void)snprintf(connection->identity.spiffe_id, sizeof(connection->identity.spiffe_id), "%s",
                   "spiffe://test/fuzz");
    feed(front, connection, sockets[1], input);
    front_connection_free(connection);
    if (front->dispatch.waiting != 0 || front->dispatch.request_bytes != 0 ||
        front->dispatch.answer_bytes != 0 || !TAILQ_EMPTY(&front->watches)) {
        abort(); /* nothing of a connection outlives it */
    }
    (void)close(sockets[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct front_config config = {-1, -1, NULL, "test", LISTENER_STATIONS};
    struct front front;
    if (front_init(&front, &config, NULL) != STATUS_OK) {
        abort();
    }
    run(&front, span_make(data, size));
    front_done(&front);
    return 0;
}

#include "tests/system/front/played_worker.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/wire/details.h"
#include "server/frame.h"
#include "server/method.h"
#include "tests/support/test.h"

struct player {
    int socket;
    int release;
    int held;
};

static void send_all(int socket, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(socket, bytes.data, bytes.size);
        if (put <= 0) {
            _exit(0); /* the front is gone */
        }
        bytes = span_make(bytes.data + put, bytes.size - (size_t)put);
    }
}

static void send_answer(int socket, const struct frame_answer *answer)
{
    struct buf frame;
    buf_init_secret(&frame, FRAME_ANSWER_HEADER + FRAME_DETAILS_MAX + FRAME_REASON_MAX +
                                FRAME_ANSWER_MESSAGE_MAX);
    if (frame_write_answer(answer, &frame) != STATUS_OK) {
        _exit(3);
    }
    send_all(socket, buf_span(&frame));
    buf_done(&frame);
}

static void answer_size(const struct player *player, struct frame_answer *answer, const char *text)
{
    size_t size = (size_t)strtoul(text, NULL, 10);
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        _exit(3);
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i % 251);
    }
    answer->message = span_make(bytes, size);
    send_answer(player->socket, answer);
    free(bytes);
}

static void answer_error(const struct player *player, struct frame_answer *answer, bool mismatch)
{
    struct problem problem;
    struct buf details;
    buf_init(&details, FRAME_DETAILS_MAX);
    (void)problem_say(&problem, mismatch ? STATUS_DENIED : STATUS_REFUSED, "CD_DOES_NOT_COVER",
                      "order", "100 %% refused: übel");
    if (wire_details_write(&problem, 1500, &details) != STATUS_OK) {
        _exit(3);
    }
    answer->grpc_code = 9;
    answer->reason = span_text("CD_DOES_NOT_COVER");
    answer->details = buf_span(&details);
    send_answer(player->socket, answer);
    buf_done(&details);
}

static void answer_who(const struct player *player, struct frame_answer *answer,
                       const struct frame_call *call)
{
    char text[512];
    uint64_t now_ms = (uint64_t)time(NULL) * 1000;
    int size = snprintf(text, sizeof(text), "%.*s %u %u %s", (int)call->identity.size,
                        (const char *)call->identity.data, call->method, call->listener,
                        call->deadline_ms > now_ms && call->deadline_ms < now_ms + 12000
                            ? "in time"
                            : "deadline wrong");
    answer->message = span_make(text, (size_t)size);
    send_answer(player->socket, answer);
}

static void hold(const struct player *player)
{
    char byte = 0;
    if (write(player->held, "h", 1) != 1 || read(player->release, &byte, 1) != 1) {
        _exit(0);
    }
}

static void play(const struct player *player, const struct frame_call *call)
{
    struct frame_answer answer = {.call_id = call->call_id, .phase_us = {7, 0, 0, 42}};
    char word[64] = "";
    size_t size = call->message.size < sizeof(word) - 1 ? call->message.size : sizeof(word) - 1;
    memcpy(word, call->message.data, size);
    if (strncmp(word, "size ", 5) == 0) {
        answer_size(player, &answer, word + 5);
    } else if (strcmp(word, "error") == 0 || strcmp(word, "mismatch") == 0) {
        answer_error(player, &answer, *word == 'm');
    } else if (strcmp(word, "who") == 0) {
        answer_who(player, &answer, call);
    } else if (strcmp(word, "die") == 0) {
        _exit(1);
    } else if (strcmp(word, "garbage") == 0) {
        send_all(player->socket,
                 span_text("these are more than fifty-two bytes that are no frame"));
    } else {
        bool last = strcmp(word, "last") == 0;
        if (last || strcmp(word, "hold") == 0) {
            hold(player);
        }
        if (last) {
            (void)shutdown(player->socket, SHUT_RD); /* the next frame cannot even be written */
        }
        answer.message = call->message;
        send_answer(player->socket, &answer);
        if (last) {
            _exit(0);
        }
    }
}

_Noreturn void played_worker_run(int socket, int release, int held)
{
    const struct player player = {socket, release, held};
    const struct frame_answer hello = {0};
    struct buf in;
    buf_init(&in, 1 << 20);
    send_answer(socket, &hello);
    for (;;) {
        struct frame_call call;
        size_t size = 0;
        if (frame_read_call(buf_span(&in), &call, &size) != STATUS_OK) {
            _exit(2);
        }
        if (size > 0) {
            play(&player, &call);
            buf_clear(&in); /* one frame at a time */
            continue;
        }
        uint8_t chunk[4096];
        ssize_t got = read(socket, chunk, sizeof(chunk));
        if (got <= 0) {
            _exit(0);
        }
        buf_append(&in, chunk, (size_t)got);
    }
}

#include "tests/fault/pair/tap.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hsm/protocol.h"

/* Where in its frames one direction is. */
struct stream {
    uint8_t header[HSM_PROTOCOL_HEADER];
    size_t header_size;
    size_t payload_left;
};

struct state {
    struct pair_tap *tap;
    enum hsm_kind call; /* the last one the worker made */
};

static void count(struct state *state, bool from_signer, enum hsm_kind kind)
{
    if (!from_signer) {
        state->call = kind;
    } else if (kind == HSM_ANSWER_OK && state->call == HSM_CALL_SIGN_DAC) {
        state->tap->dac_signed++;
    } else if (kind == HSM_ANSWER_OK && state->call == HSM_CALL_SIGN_CRL) {
        state->tap->crl_signed++;
    }
}

static void follow(struct state *state, struct stream *stream, bool from_signer, struct span bytes)
{
    while (bytes.size > 0) {
        size_t step = bytes.size;
        if (stream->payload_left > 0) {
            step = step < stream->payload_left ? step : stream->payload_left;
            stream->payload_left -= step;
        } else {
            stream->header[stream->header_size++] = bytes.data[0];
            step = 1;
        }
        bytes = span_make(bytes.data + step, bytes.size - step);
        if (stream->header_size == HSM_PROTOCOL_HEADER) {
            enum hsm_kind kind = HSM_ANSWER_PROBLEM;
            if (hsm_protocol_read_header(stream->header, &kind, &stream->payload_left) !=
                STATUS_OK) {
                _exit(1); /* the program under test sent what is no frame: the test sees it end */
            }
            count(state, from_signer, kind);
            stream->header_size = 0;
        }
    }
}

static void send_all(int to, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t put = send(to, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (put <= 0) {
            _exit(0);
        }
        bytes = span_make(bytes.data + put, bytes.size - (size_t)put);
    }
}

/* Counts before it passes on: what the test sees afterwards has been counted. */
static void pass(struct state *state, struct stream *stream, bool from_signer, int from, int to)
{
    uint8_t chunk[65536];
    ssize_t got = recv(from, chunk, sizeof(chunk), 0);
    if (got <= 0) {
        _exit(0); /* closes both sockets: either end learns of the other's */
    }
    struct span bytes = span_make(chunk, (size_t)got);
    if (state->tap != NULL) {
        follow(state, stream, from_signer, bytes);
    }
    send_all(to, bytes);
}

_Noreturn void tap_run(struct pair_tap *tap, int worker, int signer)
{
    struct state state = {.tap = tap};
    struct stream streams[2] = {0};
    const int sockets[2] = {worker, signer};
    for (;;) {
        struct pollfd polled[2] = {{worker, POLLIN, 0}, {signer, POLLIN, 0}};
        if (poll(polled, 2, -1) < 0) {
            _exit(1);
        }
        for (int i = 0; i < 2; i++) {
            if (polled[i].revents != 0) {
                pass(&state, &streams[i], i == 1, sockets[i], sockets[1 - i]);
            }
        }
    }
}

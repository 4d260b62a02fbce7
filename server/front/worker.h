/* A worker process as the front sees it: a socket with one frame at a time (server/frame.h). */
#ifndef MINTMARK_SERVER_FRONT_WORKER_H
#define MINTMARK_SERVER_FRONT_WORKER_H

#include "server/front/call.h"

enum { FRONT_WORKER_MAGIC = 0x4657524B };

enum front_worker_state {
    WORKER_STARTING, /* has not said hello (an answer with call id 0) */
    WORKER_IDLE,
    WORKER_BUSY,
};

struct front_worker {
    uint32_t magic;
    struct front *front;
    int descriptor; /* owned */
    enum front_worker_state state;
    bool broken;                         /* to be lost on the loop's next turn */
    struct front_call *call;             /* NULL: idle, or the call has ended without waiting */
    struct front_connection *connection; /* counts there as in flight for a call that has ended */
    uint64_t call_id;
    enum method method;
    TAILQ_ENTRY(front_worker) in_all;
    TAILQ_ENTRY(front_worker) in_idle;
    struct event readable;
    struct event writable;
    struct buf out; /* secret: the call's frame */
    size_t out_sent;
    uint8_t header[FRAME_ANSWER_HEADER];
    struct buf in; /* secret: the answer's frame, exactly as large as it says */
    size_t in_used;
};

/* Takes the descriptor, also on failure. */
MUST_USE status_t front_worker_add(struct front *front, int descriptor);

/* An idle worker gets the call. */
void front_worker_start(struct front_worker *worker, struct front_call *call);

/* An idle worker gets a call of the front itself: no client, no message. */
void front_worker_start_own(struct front_worker *worker, enum method method);

/* The call has ended; the answer, when it comes, is dropped. Until then the work counts as in
 * flight for the call's connection. */
void front_worker_forget(struct front_worker *worker);

/* The connection is gone: no worker counts for it any more. */
void front_worker_connection_gone(struct front *front, const struct front_connection *connection);

/* Frees all, closing their sockets. */
void front_worker_close_all(struct front *front);

#endif

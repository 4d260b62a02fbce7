/* One gRPC call: a stream of a connection, from its headers to its end.
 *
 *   OPENING → READING → LINE → QUEUED → WORKING → ANSWERED        (methods of methods.def)
 *                    └→ ANSWERED (Check) or WATCHING → ANSWERED    (health)
 * A refusal goes from any state to ANSWERED. The call is freed when its stream closes. */
#ifndef MINTMARK_SERVER_FRONT_CALL_H
#define MINTMARK_SERVER_FRONT_CALL_H

#include "proto/wire/deframer.h"
#include "proto/wire/link.h"
#include "server/frame.h"
#include "server/front/front.h"

enum { FRONT_CALL_MAGIC = 0x46434C4C, FRONT_CALL_PATH_MAX = 96, FRONT_HEALTH_REQUEST_MAX = 1024 };

enum front_call_state {
    CALL_OPENING,  /* headers arrive */
    CALL_READING,  /* the message arrives */
    CALL_LINE,     /* its connection has enough calls in flight */
    CALL_QUEUED,   /* waits for a worker */
    CALL_WORKING,  /* in a worker */
    CALL_WATCHING, /* a health watch */
    CALL_ANSWERED, /* the answer is on its way */
};

enum front_call_kind { CALL_KIND_UNKNOWN, CALL_KIND_METHOD, CALL_KIND_CHECK, CALL_KIND_WATCH };

/* What the headers said. */
struct front_call_headers {
    size_t size;                    /* names + values + 32 each (RFC 9113 §6.5.2) */
    char path[FRONT_CALL_PATH_MAX]; /* cut; for the log */
    bool is_post;
    bool content_type_fits;
    bool has_timeout;
    bool bad_timeout;
    uint64_t timeout_us;
};

struct front_call {
    uint32_t magic;
    int32_t stream_id;
    struct front_connection *connection;
    TAILQ_ENTRY(front_call) in_connection;
    TAILQ_ENTRY(front_call) in_list; /* the connection's line, the queue, or the watches */
    enum front_call_state state;
    enum front_call_kind kind;
    enum method method;
    struct front_call_headers headers;
    bool request_ended; /* END_STREAM came */
    bool in_watches;
    bool in_flight; /* counts for FRONT_IN_FLIGHT_MAX, from the queue to its end */
    struct wire_deframer deframer;
    struct buf request;
    struct event timer;
    uint64_t arrived_us;
    uint64_t queued_us;
    uint64_t started_us; /* in the worker */
    uint64_t deadline_us;
    struct front_worker *worker; /* in state CALL_WORKING */
    struct buf frame;            /* the worker's answer, secret; the body borrows from it */
    struct wire_body body;
    uint8_t watch_bytes[2]; /* a HealthCheckResponse */
    int code;               /* what was answered */
    bool delivered;
    char reason[FRAME_REASON_MAX + 1];
    uint32_t phase_us[FRAME_PHASES];
};

/* A stream begins. NULL when out of memory. */
struct front_call *front_call_new(struct front_connection *connection, int32_t stream_id);

/* Checks a pointer that came through a callback. */
struct front_call *front_call_from(void *pointer);
const struct front_call *front_call_of_body(const struct wire_body *body);

/* Starts the countdown: the method's limit, or the client's when that is shorter. */
void front_call_start_timer(struct front_call *call, uint64_t limit_us);

/* DATA bytes, and the end of the request. */
void front_call_data(struct front_call *call, struct span bytes);
void front_call_request_end(struct front_call *call);

/* The stream is closed, or its connection: logs, leaves the dispatch, frees. */
void front_call_free(struct front_call *call);

#endif

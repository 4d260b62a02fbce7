/* How a call is answered (proto/wire/SPEC.md §4). Each submits to the session and has the
 * connection flushed; a call that is answered already is left alone. */
#ifndef MINTMARK_SERVER_FRONT_ANSWER_H
#define MINTMARK_SERVER_FRONT_ANSWER_H

#include "server/front/call.h"

/* A refusal of the front: trailers-only with details; retry_ms 0: no RetryInfo. A watch that has
 * begun ends with it. */
void front_answer_refuse(struct front_call *call, const struct problem *problem, uint32_t retry_ms);

/* Not gRPC at all: this HTTP status, nothing else; the reason is for the log. */
void front_answer_http(struct front_call *call, const char *http_status, const char *reason);

/* A worker's answer; its spans lie in the frame, which is taken (and left empty). */
void front_answer_worker(struct front_call *call, const struct frame_answer *answer,
                         struct buf *frame);

/* The first message of a health call: call->watch_bytes. `last`: and the end, with OK. */
void front_answer_health(struct front_call *call, bool last);

#endif

/* The frames on the socket between front and worker: the seam. The message inside is
 * the serialized protobuf message; the front never decodes it, the worker never sees the network.
 *
 * Little endian. Call:   magic u32 | version u8 | listener u8 | method u16 | call id u64 |
 *                        deadline u64 | identity size u16 | message size u32 | SPKI SHA-256 [32] |
 *                        identity | message
 *                Answer: magic u32 | version u8 | gRPC code u8 | details size u16 | call id u64 |
 *                        reason size u16 | zero u16 | message size u32 | phases u32[FRAME_PHASES] |
 *                        reason | details | message
 * One call is outstanding per socket. A frame that does not parse ends the connection: the peer is
 * broken or hostile. */
#ifndef MINTMARK_SERVER_FRAME_H
#define MINTMARK_SERVER_FRAME_H

#include "lib/base/buf.h"

enum {
    FRAME_VERSION = 1,
    FRAME_CALL_HEADER = 62,
    FRAME_ANSWER_HEADER = 24 + 4 * 7,
    FRAME_IDENTITY_MAX = 255, /* a SPIFFE id is at most 2048; ours are short */
    FRAME_REASON_MAX = 160,
    FRAME_DETAILS_MAX = 4096,               /* trailers must stay below 8 KiB */
    FRAME_CALL_MESSAGE_MAX = 64 * 1024,     /* methods.def has the limit per method */
    FRAME_ANSWER_MESSAGE_MAX = 4096 * 1024, /* the gRPC default for one message */
    FRAME_PHASES = 7,
};
#define FRAME_CALL_MAGIC 0x434D4D31u   /* "1MMC" */
#define FRAME_ANSWER_MAGIC 0x414D4D31u /* "1MMA" */

/* What the phase times of an answer are, in microseconds. */
enum frame_phase {
    FRAME_PHASE_LOOK_UP,
    FRAME_PHASE_DRAW,
    FRAME_PHASE_RESERVE,
    FRAME_PHASE_SIGN,
    FRAME_PHASE_IMAGE,
    FRAME_PHASE_RECORD,
    FRAME_PHASE_DELIVER,
};

struct frame_call {
    uint64_t call_id;
    uint64_t deadline_ms; /* Unix time in ms; never 0: the front fills in the server's limit */
    uint16_t method;      /* enum method */
    uint8_t listener;     /* enum listener */
    struct span identity; /* SPIFFE id of the client certificate */
    struct span message;
    uint8_t spki_sha256[32];
};

struct frame_answer {
    uint64_t call_id;
    uint8_t grpc_code;
    struct span reason;  /* for the log line, printable, never a secret */
    struct span details; /* serialized google.rpc.Status, or empty */
    struct span message; /* empty unless grpc_code is 0 */
    uint32_t phase_us[FRAME_PHASES];
};

/* Appends the frame. STATUS_TOO_LARGE when a part is over its limit. */
MUST_USE status_t frame_write_call(const struct frame_call *call, struct buf *ret_bytes);
MUST_USE status_t frame_write_answer(const struct frame_answer *answer, struct buf *ret_bytes);

/* Reads one frame at the start of `bytes`. *ret_size is its size, or 0 when more bytes are needed.
 * The spans borrow from `bytes`. STATUS_MALFORMED: close the socket. */
MUST_USE status_t frame_read_call(struct span bytes, struct frame_call *ret_call, size_t *ret_size);
MUST_USE status_t frame_read_answer(struct span bytes, struct frame_answer *ret_answer,
                                    size_t *ret_size);

/* The size of the whole answer frame from its first FRAME_ANSWER_HEADER bytes, so that a reader can
 * make room once for an answer of megabytes. */
MUST_USE status_t frame_answer_size(struct span header, size_t *ret_size);

#endif

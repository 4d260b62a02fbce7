/* One connection's pump: TLS on a non-blocking socket below, an HTTP/2 session above. It waits for
 * nothing: the owner waits (an event loop, or poll) and calls it again.
 *
 * The session's user data is the struct wire_link; nghttp2 callbacks find their owner through
 * link->owner. None of these functions is called from an nghttp2 callback. */
#ifndef MINTMARK_PROTO_WIRE_LINK_H
#define MINTMARK_PROTO_WIRE_LINK_H

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include "lib/base/buf.h"
#include "proto/wire/deframer.h"

enum {
    WIRE_SCRATCH_SIZE = 16384, /* one TLS record, one system call */
    WIRE_FRAME_HEADER = 9,
};

/* Where outgoing bytes are gathered; one per process, empty between calls. Holds replies, so it
 * lies in secret pages and is wiped after each use. */
struct wire_scratch {
    uint8_t *bytes;
    size_t size;
    size_t used;
};
MUST_USE status_t wire_scratch_init(struct wire_scratch *scratch);
void wire_scratch_done(struct wire_scratch *scratch); /* accepts a zeroed struct */

struct wire_link {
    SSL *ssl;                     /* owned; NULL in a harness below TLS */
    nghttp2_session *session;     /* owned */
    struct wire_scratch *scratch; /* borrowed */
    void *owner;
    struct span unsent; /* frames from nghttp2 that did not fit the scratch; valid till next use */
    struct buf spill;   /* secret: bytes the socket did not take */
    size_t spill_sent;
    uint64_t bytes_sent;
    bool wants_write; /* TLS itself waits for the socket to take bytes */
};

/* Takes ssl. The session is set by the owner afterwards. */
void wire_link_init(struct wire_link *link, SSL *ssl, struct wire_scratch *scratch, void *owner);
void wire_link_done(struct wire_link *link); /* accepts a zeroed struct */

/* One step of the handshake. *ret_done tells whether it is over; on failure ask wire_tls_explain.
 */
MUST_USE status_t wire_link_handshake(struct wire_link *link, bool *ret_done);

/* Reads at most `turns` records into the session. *ret_more: there may be more to read now.
 * STATUS_UNAVAILABLE: the peer has closed, or the connection broke. STATUS_MALFORMED: the peer does
 * not speak HTTP/2. Either way the connection is over. */
MUST_USE status_t wire_link_receive(struct wire_link *link, unsigned turns, bool *ret_more);

/* Bytes below TLS, for wire_link_receive and harnesses. */
MUST_USE status_t wire_link_feed(struct wire_link *link, struct span bytes);

/* Sends what the session has. *ret_blocked: call again when the socket takes bytes. */
MUST_USE status_t wire_link_send(struct wire_link *link, bool *ret_blocked);

/* The next record of outgoing bytes, gathered in the scratch; for wire_link_send and harnesses. */
MUST_USE status_t wire_link_gather(struct wire_link *link);
void wire_link_wipe_scratch(struct wire_link *link);

/* A message on its way out: five bytes of prefix, then the message, without a copy in nghttp2.
 * `on_end` (may be NULL) is called when the last byte is handed over: the server's trailers. */
struct wire_body {
    struct span message; /* borrowed */
    uint8_t prefix[WIRE_PREFIX_SIZE];
    size_t sent; /* of prefix and message together */
    bool last;   /* no other message follows */
    void (*on_end)(struct wire_body *body, nghttp2_session *session, int32_t stream_id);
};
void wire_body_set(struct wire_body *body, struct span message, bool last);

/* nghttp2 callbacks: the data source of a wire_body (source.ptr), and the session's
 * nghttp2_send_data_callback. */
ssize_t wire_body_read(nghttp2_session *session, int32_t stream_id, uint8_t *buffer, size_t length,
                       uint32_t *data_flags, nghttp2_data_source *source, void *user_data);
int wire_body_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *header,
                   size_t length, nghttp2_data_source *source, void *user_data);

#endif

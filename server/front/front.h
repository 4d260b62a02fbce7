/* The front process: the network's door. A gRPC server that knows no application.
 *
 *   listener → connection → session (nghttp2 callbacks) → call → dispatch → worker
 *
 * Everything runs on one event loop, so nothing here is locked. Nothing of nghttp2 is received or
 * sent inside its callbacks: a call submits, and its connection is flushed on the loop's next turn.
 *
 * The limits, each on something that a peer can grow: */
#ifndef MINTMARK_SERVER_FRONT_FRONT_H
#define MINTMARK_SERVER_FRONT_FRONT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <sys/queue.h>

#include "proto/wire/link.h"
#include "server/method.h"

enum {
    FRONT_CONNECTIONS_MAX = 512,             /* about 55 kB each */
    FRONT_CONNECTIONS_PER_ADDRESS_MAX = 128, /* stations of a hall behind one address */
    FRONT_HANDSHAKES_MAX = 64, /* at once; about 1 ms of CPU each. More wait in the kernel */
    FRONT_HANDSHAKES_PER_ADDRESS_MAX = 16, /* at once: nobody is known yet, so an address is all
                                              that tells hosts apart. More are closed */
    FRONT_HANDSHAKE_MS = 5000,             /* TCP accept to the client's SETTINGS */
    FRONT_HANDSHAKE_YIELD_MS = 500,        /* at either limit one this old makes room */
    FRONT_IDLE_MS = 600 * 1000,            /* without a call: GOAWAY */
    FRONT_AGE_MS = 3600 * 1000,      /* then GOAWAY: a new handshake sees an expired certificate */
    FRONT_STALL_MS = 10000,          /* the peer's socket takes nothing: close */
    FRONT_STREAMS_MAX = 100,         /* per connection */
    FRONT_WATCHES_MAX = 4,           /* health watches per connection: they never end */
    FRONT_HEADER_LIST_MAX = 8192,    /* as announced: names + values + 32 each */
    FRONT_HEADER_LIST_RESET = 32768, /* from here the stream is reset, not answered */
    FRONT_OUTBOUND_MAX = 1000,       /* frames waiting for a full socket: stop reading */
    FRONT_IN_FLIGHT_MAX = 8,         /* calls of one connection from the queue until their streams
                                        close; others wait in its line */
    /* of the next three one identity has a quarter (share.h) */
    FRONT_QUEUE_CALLS_MAX = 1024,      /* waiting for a worker */
    FRONT_REQUEST_BYTES_MAX = 8 << 20, /* requests held, whole or in part */
    FRONT_ANSWER_BYTES_MAX = 32 << 20, /* answers not yet delivered: no new work above this */
    FRONT_DELIVERY_MS = 10000,         /* for the peer to take an answer */
    FRONT_WORKERS_MAX = 256,
    FRONT_RETRY_MS = 500,         /* the RetryInfo of our own refusals */
    FRONT_TICK_MS = 250,          /* how exact the limits in time of connections are */
    FRONT_GOAWAY_MS = 1000,       /* between the two GOAWAYs when no PING comes back */
    FRONT_DRAIN_MS = 10000,       /* grace after SIGTERM */
    FRONT_DRAIN_ORPHAN_MS = 2000, /* grace after the supervisor is gone */
};

struct front_call;
struct front_connection;
struct front_share;
struct front_worker;
TAILQ_HEAD(front_calls, front_call);
TAILQ_HEAD(front_connections, front_connection);
TAILQ_HEAD(front_shares, front_share);
TAILQ_HEAD(front_workers, front_worker);

/* A budget: `burst` at once, `rate` a second. */
struct front_bucket {
    uint64_t updated_us;
    uint64_t spent_us; /* each token costs 1/rate seconds */
};

struct front_dispatch {
    struct front_shares turns; /* identities with queued calls, the last served last */
    size_t waiting;            /* calls in the queues and in the connections' lines */
    struct front_workers workers;
    struct front_workers idle; /* a stack: the last one used is warm */
    size_t ready;              /* workers that have said hello */
    size_t known;              /* all workers */
    size_t request_bytes;
    size_t answer_bytes;
    uint64_t last_call_id;
};

struct front {
    struct event_base *base;
    SSL_CTX *context;
    struct wire_scratch scratch;
    char trust_domain[256];
    enum listener listener;
    struct front_dispatch dispatch;
    struct front_calls watches; /* of the health service */
    struct front_connections connections;
    struct front_shares shares; /* one per identity that is connected */
    size_t connection_count;
    size_t handshake_count;
    struct front_bucket noise; /* log lines about connections that never became one */
    bool draining;
    uint64_t drain_until_us;
    int listener_descriptor;
    int control_descriptor;
    bool accepting;
    struct event accept_event;
    struct event accept_pause;
    struct event control_event;
    struct event terminate_event;
    struct event tick_event;
    uint64_t upkeep_due_us;
};

/* Doors open, contexts made. The descriptors stay the caller's. */
struct front_config {
    int listener_descriptor;
    int control_descriptor;
    struct wire_tls_files *files;
    const char *trust_domain;
    enum listener listener;
};
struct wire_tls_files;
MUST_USE status_t front_init(struct front *front, const struct front_config *config,
                             struct problem *problem);
void front_done(struct front *front); /* accepts a zeroed struct, and a front_init that failed */
OWN_VALUE(struct front, front_done)

/* Until drained. */
MUST_USE status_t front_run(struct front *front);

/* No new connections, two GOAWAYs, calls finish; at most grace_ms. */
void front_drain(struct front *front, uint32_t grace_ms);

/* Called when a connection is gone: the last one ends a drain. */
void front_connection_gone(struct front *front);

uint64_t front_now_us(void); /* monotonic */

#endif

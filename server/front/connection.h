/* One client's connection: TLS handshake, identity, then HTTP/2 until either side ends it. */
#ifndef MINTMARK_SERVER_FRONT_CONNECTION_H
#define MINTMARK_SERVER_FRONT_CONNECTION_H

#include <netinet/in.h>

#include "proto/wire/tls.h"
#include "server/front/front.h"

enum { FRONT_CONNECTION_MAGIC = 0x46434F4E, FRONT_PEER_MAX = INET6_ADDRSTRLEN + 9 };

enum front_drain { DRAIN_NONE, DRAIN_ANNOUNCED, DRAIN_LAST };

struct front_connection {
    uint32_t magic;
    struct front *front;
    TAILQ_ENTRY(front_connection) in_front;
    struct wire_link link;
    int descriptor; /* owned */
    struct event readable;
    struct event writable;
    struct event flush;
    bool handshaking;
    bool greeted; /* the client's SETTINGS came */
    bool calmed;  /* was told ENHANCE_YOUR_CALM */
    bool blocked; /* the socket takes nothing */
    bool paused;  /* not reading: too much is unsent */
    struct sockaddr_storage address;
    char peer[FRONT_PEER_MAX];
    struct wire_identity identity;
    struct problem identity_problem; /* status OK when the identity is good */
    struct front_share *share;       /* of its identity; NULL before the session is open */
    struct front_calls calls;
    struct front_calls line; /* CALL_LINE: waits for in_flight to fall */
    size_t call_count;
    size_t watch_count;
    size_t in_flight;
    struct front_bucket useless;
    struct front_bucket resets;
    enum front_drain drain;
    uint64_t drain_us;
    uint64_t accepted_us;
    uint64_t busy_us;     /* when it last had a call */
    uint64_t progress_us; /* when the socket last took bytes */
    uint64_t progress_bytes;
};

/* Takes the descriptor, also on failure. */
MUST_USE status_t front_connection_new(struct front *front, int descriptor,
                                       const struct sockaddr_storage *address);

/* A connection below TLS and without events, for harnesses: the session is open. */
MUST_USE status_t front_connection_new_bare(struct front *front,
                                            struct front_connection **ret_connection);
void front_connection_free(struct front_connection *connection);

struct front_connection *front_connection_from(void *pointer);

/* Sends what was submitted, on the loop's next turn. */
void front_connection_flush_soon(struct front_connection *connection);

/* RST_STREAM. */
void front_connection_reset(struct front_connection *connection, int32_t stream_id,
                            uint32_t http2_error);

/* Begins its end: two GOAWAYs, calls finish. May free it. */
void front_connection_drain(struct front_connection *connection);

/* The limits in time; may free it. */
void front_connection_tick(struct front_connection *connection, uint64_t now_us);

/* The address without its port is the same. */
bool front_connection_same_host(const struct front_connection *connection,
                                const struct sockaddr_storage *address);

#endif

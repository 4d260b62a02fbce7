/* A front process on real sockets, with the supervisor and the workers played by the test over the
 * real control and frame sockets.
 *
 * A played worker does what the request's first word says:
 *   "size N"      OK, an answer of N bytes (byte i is i % 251)
 *   "echo …"      OK, the request itself
 *   "error"       FAILED_PRECONDITION, reason CD_DOES_NOT_COVER, field order, with details
 *   "mismatch"    code 9 with details of another code
 *   "hold"        waits for stage_release, then as "echo"
 *   "last"        waits for stage_release, then as "echo", reads no more and ends
 *   "die"         ends at once
 *   "garbage"     bytes that are no frame
 *   "who"         OK, "identity method listener"; and the deadline lies in the future
 */
#ifndef MINTMARK_TESTS_SYSTEM_FRONT_STAGE_H
#define MINTMARK_TESTS_SYSTEM_FRONT_STAGE_H

#include <sys/types.h>

#include "proto/wire/client.h"

enum { STAGE_WORKERS_MAX = 16 };

struct stage {
    char folder[64];
    char address[32]; /* "127.0.0.1:port" */
    int port;
    pid_t front;
    int control;
    int release[2]; /* a byte lets one "hold" go */
    int held[2];    /* a byte per "hold" that began */
    pid_t workers[STAGE_WORKERS_MAX];
    int worker_count;
};

/* The front serves with the certificate of that name. */
void stage_open(struct stage *stage, const char *server_certificate);
void stage_add_worker(struct stage *stage);
void stage_wait_held(struct stage *stage); /* until a worker has begun a "hold" */
void stage_release(struct stage *stage);
/* Ends the front by SIGTERM (unless it is gone) and returns its exit code. */
int stage_close(struct stage *stage);

/* A path in the stage's folder. Static storage, four at a time. */
const char *stage_path(const struct stage *stage, const char *name, const char *suffix);

/* A TCP connection that says nothing. */
int stage_connect(const struct stage *stage);

/* Our client with the certificate of that name; "" for the trusted CA's default. */
struct wire_client *stage_client(const struct stage *stage, const char *name,
                                 const char *server_name, uint32_t timeout_ms);

#endif

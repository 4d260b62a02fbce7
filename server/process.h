/* The child processes of the supervisor. Each is the same program, exec'ed as
 * `mintmarkd --child KIND LISTENER`, with its doors at fixed descriptors. */
#ifndef MINTMARK_SERVER_PROCESS_H
#define MINTMARK_SERVER_PROCESS_H

#include "server/method.h"

enum {
    PROCESS_CONFIG = 3, /* sealed memfd: serialized mintmark.v1.Config, contents filled in */
    /* front */
    PROCESS_FRONT_LISTENER = 4,
    PROCESS_FRONT_CONTROL = 5, /* SOCK_SEQPACKET to the supervisor: one byte 'W' and a worker socket
                                  (SCM_RIGHTS) per message; EOF: the supervisor is gone, end */
    PROCESS_FRONT_TLS_KEY = 6, /* sealed memfd: the key file as it was at the start */
    /* worker */
    PROCESS_WORKER_FRONT = 4,  /* SOCK_STREAM, server/frame.h. When ready the worker sends an answer
                                  with call id 0 (its hello); EOF: end */
    PROCESS_WORKER_SIGNER = 5, /* SOCK_STREAM, hsm/client.h */
    /* signer */
    PROCESS_SIGNER_WORKER = 4,
    PROCESS_SIGNER_PIN = 5,
};

/* Each runs until its door closes and returns the exit code. Front and worker offer the methods of
 * their listener and no others. */
int front_main(enum listener listener);
int worker_main(enum listener listener);
int signer_main(enum listener listener);

#endif

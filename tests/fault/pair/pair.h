/* A real worker with its real signer, and this program in the place of supervisor and front. What
 * goes wrong in here ends the program with a word on stderr and exit code 1. */
#ifndef MINTMARK_TESTS_FAULT_PAIR_PAIR_H
#define MINTMARK_TESTS_FAULT_PAIR_PAIR_H

#include <stdatomic.h>
#include <sys/types.h>

#include "mintmark/v1/config.pb-c.h"
#include "server/frame.h"
#include "server/method.h"

/* What has passed between worker and signer, counted by a process that stands between them. */
struct pair_tap {
    _Atomic uint64_t dac_signed; /* answers to sign_dac that are not problems */
    _Atomic uint64_t crl_signed;
};

struct pair_setup {
    const char *name;                      /* of the test, before what it says */
    const char *program;                   /* mintmarkd: environment MINTMARK_PROGRAM */
    const char *const *worker_environment; /* name, value, …, NULL: what the worker gets besides */
    enum listener listener;
    struct pair_tap *tap; /* shared memory; NULL: worker and signer meet directly */
    bool relay;           /* a process stands in the place of the front */
    Mintmark__V1__Config *config;
    int config_descriptor; /* config, sealed */
};

struct pair {
    pid_t worker;
    pid_t signer;
    pid_t tap;   /* 0: none */
    pid_t relay; /* 0: none */
    int front;   /* the test's end of the worker's socket */
};

_Noreturn void pair_fail(const struct pair_setup *setup, const char *what);

/* Reads and seals the configuration. */
void pair_setup_load(struct pair_setup *setup, const char *config_path);

/* Memory that this process shares with those it forks. */
void *pair_shared_memory(const struct pair_setup *setup, size_t size);

/* Starts worker and signer and waits for the worker's hello; again when a start fails, as a
 * supervisor does. */
void pair_start(const struct pair_setup *setup, struct pair *ret_pair);
void pair_end(const struct pair *pair); /* SIGKILL to all of it */

/* Waits for the worker to end by itself, as it must when its front or its signer is gone; then
 * pair_end. Fails when it does not. */
void pair_end_by_itself(const struct pair_setup *setup, struct pair *pair);

/* Starts a signer alone; this program has the worker's end of its socket. */
pid_t pair_start_signer(const struct pair_setup *setup, int *ret_socket);

void pair_send(const struct pair_setup *setup, int socket, struct span bytes);

/* Waits for one answer frame; the answer borrows from `bytes`. False when the worker's end closed.
 */
bool pair_receive(const struct pair_setup *setup, int front, struct buf *bytes,
                  struct frame_answer *ret_answer);

#endif

/* The worker of a stage (stage.h): its child process. */
#ifndef MINTMARK_TESTS_SYSTEM_FRONT_PLAYED_WORKER_H
#define MINTMARK_TESTS_SYSTEM_FRONT_PLAYED_WORKER_H

/* Says hello on the socket and serves until it closes. Reads a byte from `release` per "hold" after
 * it has written one to `held`. */
_Noreturn void played_worker_run(int socket, int release, int held);

#endif

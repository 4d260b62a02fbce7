/* One child process: this program again, exec'ed as `mintmarkd --child KIND LISTENER`. */
#ifndef MINTMARK_SERVER_SUPERVISOR_CHILD_H
#define MINTMARK_SERVER_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/status.h"

enum { CHILD_DESCRIPTORS_MAX = 4 };

struct child {
    const char *kind;     /* "front", "worker", "signer" */
    const char *listener; /* the one it serves: "stations", "administration" */
    pid_t pid;            /* 0: not running */
    int pidfd;            /* readable when it has ended; -1 when not running */
    int64_t started_ms;
};

/* Starts one. It finds descriptors[0] at 3, the next at 4 and so on, and nothing else open but
 * standard input (/dev/null), output and error; an almost empty environment, no blocked signals,
 * and a SIGKILL waiting for the supervisor's end. The descriptors stay the caller's. */
MUST_USE status_t child_start(struct child *child, const char *kind, const char *listener,
                              const int *descriptors, unsigned count, int64_t now_ms);

bool child_is_running(const struct child *child);
void child_signal(const struct child *child, int signal); /* nothing when not running */

/* Call when its pidfd is readable: collects it and logs how it ended. */
void child_reap(struct child *child, int64_t now_ms);

#endif

#include "server/supervisor/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/process.h"
#include "server/supervisor/log.h"

enum { SPARE_DESCRIPTOR = 64 /* above every fixed number */, EXEC_FAILED = 127 };

/* What the supervisor was given stays with it: NOTIFY_SOCKET, LD_…, SOFTHSM2_CONF and the rest. */
static char *const ENVIRONMENT[] = {(char[]){"LC_ALL=C.UTF-8"}, (char[]){"TZ=UTC"}, NULL};

/* In two rounds, because a source may stand where another one belongs. */
static bool place_descriptors(const int *descriptors, unsigned count)
{
    int spare[CHILD_DESCRIPTORS_MAX];
    for (unsigned i = 0; i < count; i++) {
        spare[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, SPARE_DESCRIPTOR);
        if (spare[i] < 0) {
            return false;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (dup2(spare[i], PROCESS_CONFIG + (int)i) < 0) {
            return false;
        }
    }
    return close_range(PROCESS_CONFIG + count, ~0u, 0) == 0;
}

/* Between fork and exec: async-signal-safe calls only. */
static _Noreturn void become(const struct child *child, const int *descriptors, unsigned count,
                             pid_t supervisor)
{
    char program[] = "mintmarkd";
    char option[] = "--child";
    char kind[16];
    char listener[16];
    sigset_t none;
    (void)sigemptyset(&none);
    (void)stpncpy(kind, child->kind, sizeof(kind) - 1);
    kind[sizeof(kind) - 1] = '\0';
    (void)stpncpy(listener, child->listener, sizeof(listener) - 1);
    listener[sizeof(listener) - 1] = '\0';
    char *const arguments[] = {program, option, kind, listener, NULL};
    /* own process group: a terminal's Ctrl-C reaches the supervisor alone, which ends us in order
     */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == supervisor && setpgid(0, 0) == 0 &&
        place_descriptors(descriptors, count) && sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
        (void)execve("/proc/self/exe", arguments, ENVIRONMENT);
    }
    _exit(EXEC_FAILED);
}

status_t child_start(struct child *child, const char *kind, const char *listener,
                     const int *descriptors, unsigned count, int64_t now_ms)
{
    const struct child names = {.kind = kind, .listener = listener};
    pid_t supervisor = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        return STATUS_UNAVAILABLE;
    }
    if (pid == 0) {
        become(&names, descriptors, count, supervisor);
    }
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        (void)kill(pid, SIGKILL); /* not yet collected, so the number is still its own */
        (void)waitpid(pid, NULL, 0);
        return STATUS_UNAVAILABLE;
    }
    *child = (struct child){kind, listener, pid, pidfd, now_ms};
    supervisor_log(LOG_LEVEL_INFO, "child-start", "child=%s listener=%s pid=%d", kind, listener,
                   (int)pid);
    return STATUS_OK;
}

bool child_is_running(const struct child *child)
{
    return child->pid != 0;
}

void child_signal(const struct child *child, int signal)
{
    if (child_is_running(child)) {
        (void)pidfd_send_signal(child->pidfd, signal, NULL, 0);
    }
}

void child_reap(struct child *child, int64_t now_ms)
{
    int status = 0;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid) {
        return;
    }
    bool signalled = WIFSIGNALED(status);
    int code = signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    supervisor_log(code == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "child-end",
                   "child=%s listener=%s pid=%d %s=%d lived_ms=%lld", child->kind, child->listener,
                   (int)child->pid, signalled ? "signal" : "code", code,
                   (long long)(now_ms - child->started_ms));
    (void)close(child->pidfd);
    child->pid = 0;
    child->pidfd = -1;
}

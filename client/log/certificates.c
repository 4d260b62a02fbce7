#include "client/log/certificates.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RANGE_LEAST = 2 * TLOG_TILE_WIDTH, /* below it forking costs more than it saves */
    RANGE_MOST = 32 * TLOG_TILE_WIDTH, /* a third of a second: no core waits long for the last */
};

/* What a process sends back. */
struct verdict {
    status_t status;
    struct problem problem;
};

void log_certificates_init(struct log_certificates *certificates, const struct log_folder *folder,
                           const struct audit *audit, struct audit_issuers *issuers)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *certificates = (struct log_certificates){.folder = folder,
                                              .audit = audit,
                                              .issuers = issuers,
                                              .cores = cores > 0 ? (size_t)cores : 1,
                                              .wrong_at = UINT64_MAX};
    if (certificates->cores > LOG_CERTIFICATES_PROCESSES_MAX) {
        certificates->cores = LOG_CERTIFICATES_PROCESSES_MAX;
    }
}

void log_certificates_done(struct log_certificates *certificates)
{
    for (size_t i = 0; i < certificates->count; i++) {
        (void)kill(certificates->running[i].pid, SIGKILL);
        (void)close(certificates->running[i].result);
        (void)waitpid(certificates->running[i].pid, NULL, 0);
    }
    certificates->count = 0;
}

static status_t check_one(void *context, uint64_t index, struct span der, struct problem *problem)
{
    const struct log_certificates *certificates = context;
    struct audit_certificate announced;
    audit_certificate_get(certificates->audit, (size_t)index, &announced);
    return audit_certificate_check(certificates->issuers, &announced, der, problem);
}

/* The process of one range. */
static void check_range(struct log_certificates *certificates, const uint64_t range[static 3],
                        int result)
{
    struct verdict verdict = {0};
    verdict.status = log_folder_each(certificates->folder, LOG_FOLDER_CERTIFICATES, range,
                                     check_one, certificates, &verdict.problem);
    bool sent = write(result, &verdict, sizeof(verdict)) == (ssize_t)sizeof(verdict);
    _exit(sent ? 0 : 1); /* without the parent's exit handlers and its output */
}

/* `total`: how many there are, as far as the names of these files depend on it. */
static status_t start(struct log_certificates *certificates, uint64_t to, uint64_t total,
                      struct problem *problem)
{
    int pipes[2] = {-1, -1};
    const uint64_t range[3] = {certificates->next, to, total};
    (void)fflush(NULL);
    pid_t pid = pipe(pipes) == 0 ? fork() : -1;
    if (pid < 0) {
        int cause = errno;
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        return problem_say(problem, STATUS_IO, "PROCESS", "",
                           "cannot start a process to check certificates: %s", strerror(cause));
    }
    if (pid == 0) {
        (void)close(pipes[0]);
        check_range(certificates, range, pipes[1]);
    }
    (void)close(pipes[1]);
    certificates->running[certificates->count++] =
        (struct log_certificates_part){pid, pipes[0], range[0]};
    certificates->next = to;
    return STATUS_OK;
}

/* One that has ended, or died. Ranges end in any order: the first thing wrong is the one named. */
static void finish(struct log_certificates *certificates, size_t which)
{
    struct verdict verdict = {0};
    struct log_certificates_part part = certificates->running[which];
    ssize_t got = read(part.result, &verdict, sizeof(verdict)); /* below PIPE_BUF: whole */
    (void)close(part.result);
    (void)waitpid(part.pid, NULL, 0);
    certificates->running[which] = certificates->running[--certificates->count];
    if (got != (ssize_t)sizeof(verdict)) {
        verdict.status =
            problem_say(&verdict.problem, STATUS_INTERNAL, "PROCESS", "",
                        "a process that checked certificates died: is there enough memory?");
    }
    if (verdict.status != STATUS_OK && part.first < certificates->wrong_at) {
        certificates->wrong_at = part.first;
        certificates->wrong = verdict.status;
        certificates->problem = verdict.problem;
    }
}

/* Takes in those that have ended; waits for one when `wait`. */
static void collect(struct log_certificates *certificates, bool wait)
{
    struct pollfd polled[LOG_CERTIFICATES_PROCESSES_MAX];
    size_t count = certificates->count;
    for (size_t i = 0; i < count; i++) {
        polled[i] = (struct pollfd){.fd = certificates->running[i].result, .events = POLLIN};
    }
    while (poll(polled, count, wait ? -1 : 0) < 0 && errno == EINTR) {
    }
    for (size_t i = count; i > 0; i--) { /* from the end: finish() moves the last one down */
        if (polled[i - 1].revents != 0) {
            finish(certificates, i - 1);
        }
    }
}

status_t log_certificates_go_on(struct log_certificates *certificates, struct problem *problem)
{
    uint64_t whole = audit_certificate_count(certificates->audit) / TLOG_TILE_WIDTH *
                     TLOG_TILE_WIDTH; /* more will be announced: only full files have their names */
    uint64_t ready = whole - certificates->next;
    if (ready < RANGE_LEAST || certificates->cores == 1) {
        return STATUS_OK;
    }
    collect(certificates, false);
    if (certificates->count >= certificates->cores - 1 || certificates->wrong_at != UINT64_MAX) {
        return STATUS_OK;
    }
    uint64_t to = certificates->next + (ready < RANGE_MOST ? ready : RANGE_MOST);
    return start(certificates, to, to, problem);
}

/* Smaller to the end, that all cores end together. */
static uint64_t range_end(const struct log_certificates *certificates, uint64_t total)
{
    uint64_t left = total - certificates->next;
    uint64_t size = left / (2 * certificates->cores) / TLOG_TILE_WIDTH * TLOG_TILE_WIDTH;
    size = size < RANGE_MOST ? size : RANGE_MOST;
    size = size > RANGE_LEAST ? size : RANGE_LEAST;
    return size < left ? certificates->next + size : total;
}

status_t log_certificates_end(struct log_certificates *certificates, struct problem *problem)
{
    uint64_t total = audit_certificate_count(certificates->audit);
    while (certificates->next < total && certificates->wrong_at == UINT64_MAX) {
        if (certificates->count == certificates->cores) {
            collect(certificates, true);
        } else {
            TRY(start(certificates, range_end(certificates, total), total, problem));
        }
    }
    while (certificates->count > 0) {
        collect(certificates, true);
    }
    if (certificates->wrong_at != UINT64_MAX) {
        *problem = certificates->problem;
        return certificates->wrong;
    }
    return STATUS_OK;
}
